"""PyPI's moto as AWS: a server of its own, and a boto3 client for each of its services."""

import boto3
from moto.server import ThreadedMotoServer

from .places import free_port
from .site import ONE_TRY


class Moto:
    def __init__(self):
        self.port = free_port()
        self.server = ThreadedMotoServer("127.0.0.1", self.port, verbose=False)
        self.server.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def client(self, service, region="us-east-1"):
        return boto3.client(service, endpoint_url=self.url, region_name=region, config=ONE_TRY,
                            aws_access_key_id="test", aws_secret_access_key="test")

    def close(self):
        self.server.stop()
