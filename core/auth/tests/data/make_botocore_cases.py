"""Writes botocore_cases.json: requests signed by botocore, the oracle of tests/botocore.rs.

Run with any recent botocore: python3 make_botocore_cases.py > botocore_cases.json
"""
import datetime
import json
import urllib.parse

import botocore
import botocore.auth
import botocore.awsrequest
import botocore.compat
import botocore.credentials
import botocore.session
from botocore.config import Config

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NOW = datetime.datetime(2015, 8, 30, 12, 36, 0, tzinfo=datetime.timezone.utc)
HOST = "127.0.0.1:4566"
botocore.auth.get_current_datetime = lambda *a, **k: NOW.replace(tzinfo=None)
cases = []


def record(name, region, service, method, url, headers, body):
    parts = urllib.parse.urlsplit(url)
    wire = [[n, v.decode() if isinstance(v, bytes) else v] for n, v in headers]
    # Random on each run, and not signed.
    wire = [[n, "id" if n == "amz-sdk-invocation-id" else v] for n, v in wire]
    if not any(n.lower() == "host" for n, _ in wire):
        wire.insert(0, ["Host", parts.netloc])
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, bytes):
        body = body.decode()
    cases.append({
        "name": name, "region": region, "service": service, "method": method,
        "path": parts.path, "query": parts.query if "?" in url else None,
        "headers": wire, "body": body or "",
    })


def sign(name, method, path, headers=(), body="", region="us-east-1", service="apigateway",
         token=None):
    url = f"http://{HOST}{path}"
    request = botocore.awsrequest.AWSRequest(method=method, url=url, data=body.encode())
    for n, v in headers:
        request.headers.add_header(n, v)
    credentials = botocore.credentials.Credentials(KEY, SECRET, token)
    botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
    record(name, region, service, method, url, request.headers.items(), body)


def operations():
    """What a real client puts on the wire for real operations."""
    client = botocore.session.Session().create_client(
        "apigatewayv2", region_name="eu-west-1", endpoint_url=f"http://{HOST}",
        aws_access_key_id=KEY, aws_secret_access_key=SECRET,
        config=Config(user_agent="botocore"))

    def capture(request, operation_name=None, **_):
        record("operation " + name, "eu-west-1", "apigateway", request.method, request.url,
               request.headers.items(), request.body)
        return botocore.awsrequest.AWSResponse(request.url, 204, {}, None)

    class Raw:
        def stream(self, *a, **k):
            return iter([b""])

    def before_send(request, **kw):
        capture(request, **kw)
        return botocore.awsrequest.AWSResponse(request.url, 204, {}, Raw())

    client.meta.events.register("before-send.apigatewayv2", before_send)
    arn = "arn:aws:apigateway:eu-west-1::/apis/abc/stages/$default"
    for name, call in {
        "CreateApi": lambda: client.create_api(
            Name="caf\u00e9 \u4f60", ProtocolType="HTTP", Target="http://127.0.0.1:9000"),
        "GetApis": lambda: client.get_apis(MaxResults="2", NextToken="a+b/c=d&e f~"),
        "DeleteStage $default": lambda: client.delete_stage(ApiId="abc", StageName="$default"),
        "UpdateStage $default": lambda: client.update_stage(
            ApiId="abc", StageName="$default", AutoDeploy=True),
        "DeleteRouteSettings": lambda: client.delete_route_settings(
            ApiId="abc", StageName="prod", RouteKey="GET /pets/{id}"),
        "GetTags": lambda: client.get_tags(ResourceArn=arn),
        "TagResource": lambda: client.tag_resource(ResourceArn=arn, Tags={"a b": "\u00fc"}),
        "UntagResource": lambda: client.untag_resource(
            ResourceArn=arn, TagKeys=["b", "a", "a b", "\u00e9", "x=y&z", "~._-"]),
        "ImportApi": lambda: client.import_api(Body="{}", Basepath="ignore", FailOnWarnings=True),
        "DeleteCorsConfiguration": lambda: client.delete_cors_configuration(ApiId="abc"),
    }.items():
        call()


def quoted(text):
    return urllib.parse.quote(text, safe="-_.~")


def crafted():
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        sign(f"method {method}", method, "/v2/apis", body="{}" if method[0] == "P" else "")
    paths = ["", "/", "//", "/v2//apis", "/v2/apis/", "//v2/apis//", "/v2/./apis", "/v2/x/../apis",
             "/..", "/v2/apis/a%20b", "/v2/apis/a%2Fb", "/v2/apis/a%252Fb", "/v2/apis/%2e%2e/x",
             "/v2/apis/x/stages/$default", "/v2/apis/x/stages/%24default", "/~user/a-b_c.d",
             "/caf%C3%A9/%E4%BD%A0", "/a!b'c(d)e*f", "/a+b/c=d&e", "/a:b@c;d,e", "/a%zz/%",
             "/a%3ab/A%3AB", "/[x]/{y}/|z", "/v2/tags/" + quoted("arn:aws:apigateway:r::/apis/a"),
             "/v2/apis/a/stages/p/routesettings/GET%20%2Fpets%2F%7Bid%7D"]
    for path in paths:
        sign(f"path {path!r}", "GET", path)
    queries = ["", "a", "a=", "=a", "a=1", "b=2&a=1", "a=2&a=1&a=", "a=1&A=1&b=1&B=1",
               "a-b=1&a=2&a.b=3", "k=" + quoted("a b+c/d=e&f"),
               quoted("\u00e9") + "=" + quoted("\u4f60"),
               "p=" + quoted("!'()*;:@,/?[]{}|^`\\\"<>#%"), "p=-_.~", "tagKeys=b&tagKeys=a",
               "a=b=c", "x=%00%7F"]
    for query in queries:
        # botocore signs the query as it stands; AWS re-encodes, so only the encoded form is fair.
        fair = query.replace("a=b=c", "a=b%3Dc")
        sign(f"query {fair!r}", "GET", "/v2/apis?" + fair)
    many = "&".join(f"k{i * 7 % 40}=v{i * 13 % 40}" for i in range(40))
    sign("query many", "GET", "/v2/apis?" + many)
    headers = {
        "inner spaces": [("My-Header", "a   b   c")], "outer spaces": [("My-Header", "  a b  ")],
        "quotes": [("My-Header", '"a   b"  c')], "tabs": [("My-Header", "a\t\tb \t c")],
        "empty": [("My-Header", "")], "repeated": [("My-Header", "b"), ("my-header", "a")],
        "comma": [("My-Header", "a,b , c")], "upper case": [("MY-HEADER", "A")],
        "latin": [("My-Header", "caf\u00e9")], "colon": [("My-Header", ": x:y :")],
        "content type": [("Content-Type", "application/json; charset=utf-8")],
        "host": [("Host", "abc.example:8080")], "amz": [("X-Amz-Meta", "v"), ("X-Amz-Alpha", "a")],
        "date": [("Date", "now")], "unsigned": [("User-Agent", "x"), ("X-Amzn-Trace-Id", "Root=1")],
        "many": [(f"H-{i * 7 % 30:02}", f"v {i}") for i in range(30)],
        "hash": [("X-Amz-Content-SHA256",
                  "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")],
    }
    for name, fields in headers.items():
        sign(f"headers {name}", "POST", "/v2/apis", fields, "{}")
    for name, body in {"empty": "", "json": '{"name":"x"}', "newlines": "a\r\nb\n\n", "unicode":
                       "\u00e9\u4f60\U0001f600", "long": "0123456789abcdef" * 256}.items():
        sign(f"body {name}", "POST", "/v2/apis", body=body)
    for region in ("us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1", "x"):
        sign(f"region {region}", "GET", "/v2/apis", region=region)
    for service in ("apigateway", "execute-api", "service"):
        sign(f"service {service}", "GET", "/v2/apis", service=service)
    sign("session token", "GET", "/v2/apis", token="AQoDYXdzEPT//////////wEXAMPLEtc764b==")


operations()
crafted()
print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")
