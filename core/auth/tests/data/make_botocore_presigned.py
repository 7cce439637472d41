"""Writes botocore_presigned.json: URLs that botocore presigned, the oracle of tests/presigned.rs.

Run with any recent botocore: python3 make_botocore_presigned.py > botocore_presigned.json
"""
import datetime
import json
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW = datetime.datetime(2015, 8, 30, 12, 36, 0)
HOST = "a1b2c3d4e5.execute-api.localhost:8080"
botocore.auth.get_current_datetime = lambda *a, **k: NOW
cases = []


def presign(path, method="GET", token=None, expires=900, service="execute-api",
            region="us-east-1", headers=(), body=""):
    request = botocore.awsrequest.AWSRequest(
        method=method, url=f"http://{HOST}{path}", data=body.encode(), headers=dict(headers))
    credentials = botocore.credentials.Credentials(KEY, SECRET, token)
    signer = botocore.auth.SigV4QueryAuth(credentials, service, region, expires=expires)
    signer.add_auth(request)
    parts = urllib.parse.urlsplit(request.url)
    wire = [["Host", HOST], *([n, v] for n, v in headers)]
    cases.append({"method": method, "path": parts.path, "query": parts.query, "headers": wire,
                  "body": body, "region": region, "token": token, "expires": expires})


presign("/")
presign("/pets")
presign("/pets?b=2&a=1&a=0")
presign("/pets?q=a%20b%2Fc&empty=&%C3%A9=1")
presign("/a%20b/c%2Fd?x=y", region="eu-west-1")
presign("/pets", token="IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVz+EXAMPLE==", expires=60)
presign("/pets", method="POST")
presign("/pets", headers=[("X-Amz-Meta", "a  b")], expires=604800)
print(json.dumps(cases, indent=1))
