"""A gRPC server and its client, both grpcio's; messages are bytes, so that no protoc is needed."""

import threading
from concurrent import futures

import grpc

SERVICE = "test.Echo"


class Echo:
    """Handlers of four kinds; what a test waits for is an event."""

    def __init__(self):
        self.entered, self.cancelled = threading.Event(), threading.Event()
        self.release = threading.Event()
        self.metadata, self.deadlines = [], []

    def unary(self, request, context):
        self.metadata.append(dict(context.invocation_metadata()))
        self.deadlines.append(context.time_remaining())
        context.set_trailing_metadata((("x-sum", str(len(request))), ("x-raw-bin", b"\0\xff")))
        return request

    def fail(self, request, context):
        context.set_trailing_metadata((("x-why", "wanted"),))
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "as asked: \u00e4 100%")

    def wait(self, request, context):
        context.add_callback(self.cancelled.set)
        self.entered.set()
        self.release.wait(10)
        return b"late"

    def count(self, request, context):
        for number in range(int(request)):
            yield b"%d" % number

    def sum(self, requests, context):
        return b"%d" % sum(int(request) for request in requests)

    def chat(self, requests, context):
        context.add_callback(self.cancelled.set)
        for request in requests:
            yield b"re: " + request

    def handlers(self):
        kinds = {"unary": (self.unary, self.fail, self.wait), "server": (self.count,),
                 "client": (self.sum,), "bidi": (self.chat,)}
        make = {"unary": grpc.unary_unary_rpc_method_handler,
                "server": grpc.unary_stream_rpc_method_handler,
                "client": grpc.stream_unary_rpc_method_handler,
                "bidi": grpc.stream_stream_rpc_method_handler}
        by_name = {m.__name__: make[kind](m) for kind, ms in kinds.items() for m in ms}
        return grpc.method_handlers_generic_handler(SERVICE, by_name)


class GrpcServer:
    """On a loopback port; under TLS with `credentials`."""

    def __init__(self, credentials=None):
        self.echo = Echo()
        self.pool = futures.ThreadPoolExecutor(64)
        self.server = grpc.server(self.pool)
        self.server.add_generic_rpc_handlers((self.echo.handlers(),))
        self.secure = credentials is not None
        where = "127.0.0.1:0"
        self.port = (self.server.add_secure_port(where, credentials) if credentials
                     else self.server.add_insecure_port(where))
        self.server.start()

    @property
    def url(self):
        return f"{'h2' if self.secure else 'h2c'}://127.0.0.1:{self.port}/{{proxy}}"

    def close(self):
        self.echo.release.set()
        self.server.stop(0).wait(10)
        self.pool.shutdown()


class Client:
    """A channel to the gateway, by the host of an API."""

    def __init__(self, port, host, root=None):
        options = [("grpc.default_authority", host), ("grpc.enable_retries", 0),
                   ("grpc.use_local_subchannel_pool", 1)]
        where = f"127.0.0.1:{port}"
        if root:
            credentials = grpc.ssl_channel_credentials(root)
            options.append(("grpc.ssl_target_name_override", host))
            self.channel = grpc.secure_channel(where, credentials, options)
        else:
            self.channel = grpc.insecure_channel(where, options)
        path = f"/{SERVICE}/"
        self.unary = self.channel.unary_unary(path + "unary")
        self.fail = self.channel.unary_unary(path + "fail")
        self.wait = self.channel.unary_unary(path + "wait")
        self.missing = self.channel.unary_unary(path + "missing")
        self.count = self.channel.unary_stream(path + "count")
        self.sum = self.channel.stream_unary(path + "sum")
        self.chat = self.channel.stream_stream(path + "chat")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()
