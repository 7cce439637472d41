"""PyPI's moto as AWS: a server of its own, and a boto3 client for each of its services."""

import ssl

import boto3
from moto.server import ThreadedMotoServer

from .places import free_port
from .site import ONE_TRY


class Moto:
    """Under TLS where it is given the files of a certificate for localhost, and of its key."""

    def __init__(self, certificate=None):
        self.port = free_port()
        self.server = ThreadedMotoServer("127.0.0.1", self.port, verbose=False)
        self.server.start()
        # moto's own server knows neither TLS nor how to close its socket.
        self.listener = self.server._server
        self.url = f"http://127.0.0.1:{self.port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.listener.socket = context.wrap_socket(self.listener.socket, server_side=True)
            self.url = f"https://localhost:{self.port}"
        self.clients = []

    def client(self, service, region="us-east-1", **more):
        self.clients.append(boto3.client(
            service, endpoint_url=self.url, region_name=region, config=ONE_TRY,
            aws_access_key_id="test", aws_secret_access_key="test", **more))
        return self.clients[-1]

    def close(self):
        for client in self.clients:
            client.close()
        self.server.stop()
        self.listener.server_close()
