"""Every operation of apigatewayv2 but portals, with every member of each, and what they answer (see
coverage.py). Called in a region where nothing else is."""

import datetime
import json
import tempfile

import pytest
from botocore.exceptions import ClientError

from . import pki
from .coverage import Kind

API = Kind("Api")
AUTHORIZER = Kind("Authorizer", ("ApiId",))
DEPLOYMENT = Kind("Deployment", ("ApiId",))
INTEGRATION = Kind("Integration", ("ApiId",))
INTEGRATION_RESPONSE = Kind("IntegrationResponse", ("ApiId", "IntegrationId"))
MODEL = Kind("Model", ("ApiId",))
ROUTE = Kind("Route", ("ApiId",))
ROUTE_RESPONSE = Kind("RouteResponse", ("ApiId", "RouteId"))
STAGE = Kind("Stage", ("ApiId",), identifier="StageName")
DOMAIN = Kind("DomainName", identifier="DomainName")
MAPPING = Kind("ApiMapping", ("DomainName",))
RULE = Kind("RoutingRule", ("DomainName",), lister="ListRoutingRules", items="RoutingRules")
LINK = Kind("VpcLink")

REGION = "ap-south-2"
ROLE = "arn:aws:iam::000000000000:role/r"
CERTIFICATE = "arn:aws:acm:ap-south-2:000000000000:certificate/x"
LISTENER = "arn:aws:elasticloadbalancing:ap-south-2:000000000000:listener/app/a/b/c"
INVOCATION = ("arn:aws:apigateway:ap-south-2:lambda:path/2015-03-31/functions/"
              "arn:aws:lambda:ap-south-2:000000000000:function:f/invocations")
LOG = {"DestinationArn": "arn:aws:logs:ap-south-2:000000000000:log-group:l",
       "Format": "$context.requestId"}
CORS = {"AllowCredentials": True, "AllowHeaders": ["x"], "AllowMethods": ["GET"],
        "AllowOrigins": ["https://a.example"], "ExposeHeaders": ["y"], "MaxAge": 5}
CORS_IN_DOCUMENTS = {name: name[0].lower() + name[1:] for name in CORS}


def run(coverage):
    """All of it; whatever is made is also taken away."""
    http, websocket = apis(coverage)
    links(coverage, http)
    authorizers(coverage, http, websocket)
    models(coverage, websocket)
    integrations(coverage, http, websocket)
    routes(coverage, http, websocket)
    deployments_and_stages(coverage, http, websocket)
    domain_names(coverage, http)
    tags(coverage, http)
    documents(coverage)
    for api in (http, websocket):
        gone(coverage, API, api)


def documents(c):
    """Imports and exports. A document shows in the API that it makes."""
    text = json.dumps({
        "openapi": "3.0.1", "paths": {"/a": {"get": {}}}, "servers": [{"url": "https://h/v1/x"}],
        "info": {"title": "t", "description": "d", "version": "1"},
        "tags": [{"name": "k", "x-amazon-apigateway-tag-value": "v"}],
        "x-amazon-apigateway-cors": {CORS_IN_DOCUMENTS[name]: CORS[name] for name in CORS},
        "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True},
        "x-amazon-apigateway-policy": {}})

    def imported(operation, basepath, keys, **named):
        made = c.call(operation, Body=text, Basepath=basepath, FailOnWarnings=False, **named)
        routes = c.call("GetRoutes", ApiId=made["ApiId"])["Items"]
        keys_made = [route["RouteKey"] for route in routes]
        c.keeps(operation, "Body", ("t", "d", "1", {"k": "v"}, CORS, True, keys),
                (made["Name"], made["Description"], made["Version"], made["Tags"],
                 made["CorsConfiguration"], made["DisableExecuteApiEndpoint"], keys_made))
        return {"ApiId": made["ApiId"]}

    api = imported("ImportApi", "ignore", ["GET /a"])
    c.call("CreateStage", StageName="s", AutoDeploy=True, **api)
    imported("ReimportApi", "prepend", ["GET /v1/x/a"], **api)
    exported = c.call("ExportApi", Specification="OAS30", OutputType="JSON", ExportVersion="1.0",
                      IncludeExtensions=True, StageName="s", **api)
    assert list(json.load(exported["body"])["paths"]) == ["/v1/x/a"]
    gone(c, API, api)


def gone(coverage, kind, named):
    """Deletes, and looks that it is not there any more."""
    coverage.call(f"Delete{kind.noun}", **named)
    with pytest.raises(ClientError) as info:
        coverage.call(f"Get{kind.noun}", **named)
    assert info.value.response["Error"]["Code"] == "NotFoundException"


def apis(c):
    http = c.make(API, Name="http", ProtocolType="HTTP", Description="d", Version="1",
                  DisableExecuteApiEndpoint=True, IpAddressType="dualstack", Tags={"k": "v"},
                  CorsConfiguration=CORS,
                  RouteSelectionExpression="$request.method $request.path",
                  ApiKeySelectionExpression="$context.authorizer.usageIdentifierKey")
    c.change(API, http, Name="h", Description="e", Version="2", DisableExecuteApiEndpoint=False,
             IpAddressType="ipv4", CorsConfiguration=CORS | {"MaxAge": 6},
             RouteSelectionExpression="$request.method $request.path",
             ApiKeySelectionExpression="$request.header.x-api-key")
    websocket = c.make(API, Name="w", ProtocolType="WEBSOCKET", DisableSchemaValidation=True,
                       RouteSelectionExpression="$request.body.action")
    c.change(API, websocket, DisableSchemaValidation=False,
             RouteSelectionExpression="$request.body.other")
    quick_create(c)
    c.page(API, {})
    c.call("DeleteCorsConfiguration", **http)
    assert "CorsConfiguration" not in c.call("GetApi", **http)
    return http, websocket


def quick_create(c):
    """Its members show in what it makes."""
    made = c.call("CreateApi", Name="q", ProtocolType="HTTP", Target="http://127.0.0.1:9",
                  RouteKey="GET /a", CredentialsArn=ROLE)
    api = {"ApiId": made["ApiId"]}
    for operation, target, key, role in (
        ("CreateApi", "http://127.0.0.1:9", "GET /a", ROLE),
        ("UpdateApi", "http://127.0.0.1:8", "GET /b", ROLE + "2"),
    ):
        if operation == "UpdateApi":
            c.call("UpdateApi", **api, Target=target, RouteKey=key, CredentialsArn=role)
        integration = c.call("GetIntegrations", **api)["Items"][0]
        route = c.call("GetRoutes", **api)["Items"][0]
        c.keeps(operation, "Target", target, integration["IntegrationUri"])
        c.keeps(operation, "CredentialsArn", role, integration["CredentialsArn"])
        c.keeps(operation, "RouteKey", key, route["RouteKey"])
    # Managed things say so in every answer that shows them.
    integration = {"IntegrationId": integration["IntegrationId"], **api}
    c.change(INTEGRATION, integration, Description="managed")
    c.change(ROUTE, {"RouteId": route["RouteId"], **api}, OperationName="managed")
    c.change(STAGE, {"StageName": "$default", **api}, Description="managed")
    gone(c, API, api)


def links(c, http):
    targets = {"ringgate:targets": "127.0.0.1:9"}
    link = c.make(LINK, Name="l", SubnetIds=["subnet-1"], SecurityGroupIds=["sg-1"], Tags=targets)
    c.change(LINK, link, Name="m")
    other = c.make(LINK, Name="other", SubnetIds=[])
    c.page(LINK, {})
    private = {"IntegrationType": "HTTP_PROXY", "IntegrationUri": LISTENER,
               "IntegrationMethod": "GET", "ConnectionType": "VPC_LINK",
               "PayloadFormatVersion": "1.0", "ConnectionId": link["VpcLinkId"],
               "TlsConfig": {"ServerNameToVerify": "pets.local"}}
    integration = c.make(INTEGRATION, **http, **private)
    c.change(INTEGRATION, integration, ConnectionId=other["VpcLinkId"], ConnectionType="VPC_LINK",
             TlsConfig={"ServerNameToVerify": "dogs.local"}, IntegrationUri=LISTENER + "d")
    gone(c, INTEGRATION, integration)
    for one in (link, other):
        gone(c, LINK, one)


def authorizers(c, http, websocket):
    jwt = c.make(AUTHORIZER, **http, Name="j", AuthorizerType="JWT",
                 IdentitySource=["$request.header.Authorization"],
                 IdentityValidationExpression=".*",
                 JwtConfiguration={"Audience": ["a"], "Issuer": "https://i.example"})
    c.change(AUTHORIZER, jwt, Name="k", AuthorizerType="JWT", IdentityValidationExpression="x",
             JwtConfiguration={"Audience": ["b"], "Issuer": "https://j.example"})
    request = c.make(AUTHORIZER, **http, Name="r", AuthorizerType="REQUEST",
                     AuthorizerUri=INVOCATION, AuthorizerCredentialsArn=ROLE,
                     AuthorizerPayloadFormatVersion="2.0", AuthorizerResultTtlInSeconds=300,
                     EnableSimpleResponses=True, IdentitySource=["$request.header.x"])
    c.change(AUTHORIZER, request, AuthorizerUri=INVOCATION, AuthorizerCredentialsArn=ROLE + "2",
             AuthorizerPayloadFormatVersion="1.0", AuthorizerResultTtlInSeconds=0,
             EnableSimpleResponses=False, IdentitySource=["$request.querystring.y"])
    c.page(AUTHORIZER, http)
    c.make(AUTHORIZER, **websocket, Name="w", AuthorizerType="REQUEST", AuthorizerUri=INVOCATION,
           IdentitySource=["route.request.header.x"])
    for one in (jwt, request):
        gone(c, AUTHORIZER, one)


def models(c, websocket):
    model = c.make(MODEL, **websocket, Name="M", Schema="{}", Description="d", ContentType="a/b")
    c.change(MODEL, model, Name="N", Schema='{"type":"object"}', Description="e", ContentType="c/d")
    c.make(MODEL, **websocket, Name="Message", Schema="{}")
    c.page(MODEL, websocket)
    assert c.call("GetModelTemplate", **model)["Value"].startswith("#set($inputRoot")
    gone(c, MODEL, model)


def integrations(c, http, websocket):
    proxy = c.make(INTEGRATION, **http, IntegrationType="HTTP_PROXY", IntegrationMethod="GET",
                   IntegrationUri="http://b/{id}", PayloadFormatVersion="1.0",
                   TimeoutInMillis=1000, Description="d", ConnectionType="INTERNET",
                   RequestParameters={"overwrite:path": "/x"},
                   ResponseParameters={"200": {"append:header.x": "1"}})
    c.change(INTEGRATION, proxy, IntegrationType="HTTP_PROXY", IntegrationMethod="POST",
             IntegrationUri="http://c", PayloadFormatVersion="1.0", TimeoutInMillis=50,
             RequestParameters={"overwrite:path": "/y"},
             ResponseParameters={"200": {"append:header.x": "2"}})
    service = c.make(INTEGRATION, **http, IntegrationType="AWS_PROXY", CredentialsArn=ROLE,
                     IntegrationSubtype="SQS-PurgeQueue", PayloadFormatVersion="1.0",
                     RequestParameters={"QueueUrl": "q"})
    c.change(INTEGRATION, service, CredentialsArn=ROLE + "2",
             IntegrationSubtype="SQS-ReceiveMessage")
    c.page(INTEGRATION, http)
    mock = {"ContentHandlingStrategy": "CONVERT_TO_TEXT", "PassthroughBehavior": "NEVER",
            "RequestTemplates": {"200": "{}"}, "TemplateSelectionExpression": "$request.body.a"}
    mock = c.make(INTEGRATION, **websocket, IntegrationType="MOCK", **mock)
    c.change(INTEGRATION, mock, ContentHandlingStrategy="CONVERT_TO_BINARY",
             PassthroughBehavior="WHEN_NO_TEMPLATES", RequestTemplates={"201": "x"},
             TemplateSelectionExpression="$request.body.b")
    response = c.make(INTEGRATION_RESPONSE, **mock, IntegrationResponseKey="/2../",
                      ContentHandlingStrategy="CONVERT_TO_TEXT",
                      ResponseParameters={"route.response.header.x": "'1'"},
                      ResponseTemplates={"$default": "{}"}, TemplateSelectionExpression="$default")
    c.change(INTEGRATION_RESPONSE, response, IntegrationResponseKey="/3../",
             ContentHandlingStrategy="CONVERT_TO_BINARY",
             ResponseParameters={"route.response.header.x": "'2'"},
             ResponseTemplates={"$default": "x"}, TemplateSelectionExpression="$x")
    c.make(INTEGRATION_RESPONSE, **mock, IntegrationResponseKey="$default")
    c.page(INTEGRATION_RESPONSE, mock)
    gone(c, INTEGRATION_RESPONSE, response)
    gone(c, INTEGRATION, service)


def routes(c, http, websocket):
    target = "integrations/" + c.call("GetIntegrations", **http)["Items"][0]["IntegrationId"]
    jwt = c.make(AUTHORIZER, **http, Name="gate", AuthorizerType="JWT",
                 IdentitySource=["$request.header.Authorization"],
                 JwtConfiguration={"Issuer": "https://i.example"})["AuthorizerId"]
    closed = {"AuthorizationType": "JWT", "AuthorizerId": jwt, "AuthorizationScopes": ["read"]}
    route = c.make(ROUTE, **http, RouteKey="GET /a", Target=target, OperationName="o", **closed)
    c.change(ROUTE, route, RouteKey="GET /b", Target=target, OperationName="p",
             **closed | {"AuthorizationScopes": ["write"]})
    c.make(ROUTE, **http, RouteKey="$default", AuthorizationType="AWS_IAM")
    c.page(ROUTE, http)
    rules = {"ApiKeyRequired": True, "ModelSelectionExpression": "$request.body.a",
             "RequestModels": {"$default": "Message"},
             "RouteResponseSelectionExpression": "$default",
             "RequestParameters": {"route.request.header.x": {"Required": True}}}
    message = c.make(ROUTE, **websocket, RouteKey="send", **rules)
    c.change(ROUTE, message, ApiKeyRequired=False, ModelSelectionExpression="$request.body.b",
             RequestModels={"x": "Message"}, RouteResponseSelectionExpression="$x",
             RequestParameters={"route.request.header.x": {"Required": False}})
    connect = c.call("GetAuthorizers", **websocket)["Items"][0]["AuthorizerId"]
    c.make(ROUTE, **websocket, RouteKey="$connect", AuthorizationType="CUSTOM",
           AuthorizerId=connect)
    response = c.make(ROUTE_RESPONSE, **message, RouteResponseKey="$default",
                      ModelSelectionExpression="$default", ResponseModels={"$default": "Message"},
                      ResponseParameters={"route.response.header.x": {"Required": True}})
    c.change(ROUTE_RESPONSE, response, RouteResponseKey="$default", ModelSelectionExpression="$x",
             ResponseModels={"x": "Message"},
             ResponseParameters={"route.response.header.x": {"Required": False}})
    # AWS knows one key, so there is one response: its token is tried on the list of another route.
    first = c.call("GetRouteResponses", **message, MaxResults="1")
    assert len(first["Items"]) == 1, first
    c.call("DeleteRouteRequestParameter", **message,
           RequestParameterKey="route.request.header.x")
    assert "RequestParameters" not in c.call("GetRoute", **message)
    gone(c, ROUTE_RESPONSE, response)
    gone(c, ROUTE, route)


def deployments_and_stages(c, http, websocket):
    settings = {"DetailedMetricsEnabled": True, "ThrottlingBurstLimit": 5,
                "ThrottlingRateLimit": 2.5}
    deployment = c.make(DEPLOYMENT, **http, Description="d")
    c.change(DEPLOYMENT, deployment, Description="e")
    stage = c.make(STAGE, **http, StageName="dev", AccessLogSettings=LOG, Description="d",
                   DeploymentId=deployment["DeploymentId"], DefaultRouteSettings=settings,
                   RouteSettings={"$default": settings}, StageVariables={"a": "b"},
                   Tags={"k": "v"})
    other = c.call("CreateDeployment", **http, StageName="dev")["DeploymentId"]
    shown = c.call("GetStage", **stage)["DeploymentId"]
    c.keeps("CreateDeployment", "StageName", other, shown)
    more = settings | {"ThrottlingBurstLimit": 6}
    log = LOG | {"Format": "$context.requestId $context.status"}
    c.change(STAGE, stage, AccessLogSettings=log, Description="e",
             DeploymentId=deployment["DeploymentId"], DefaultRouteSettings=more,
             RouteSettings={"$default": more}, StageVariables={"a": "c"})
    auto = c.make(STAGE, **http, StageName="auto", AutoDeploy=True)
    c.change(STAGE, auto, AutoDeploy=False)
    c.page(DEPLOYMENT, http)
    c.page(STAGE, http)
    loud = {"DataTraceEnabled": True, "LoggingLevel": "INFO"}
    live = c.make(STAGE, **websocket, StageName="live", ClientCertificateId="abc123",
                  DefaultRouteSettings=loud, RouteSettings={"send": loud})
    quiet = {"DataTraceEnabled": False, "LoggingLevel": "ERROR"}
    c.change(STAGE, live, ClientCertificateId="def456", DefaultRouteSettings=quiet,
             RouteSettings={"send": quiet})
    c.call("DeleteAccessLogSettings", **stage)
    c.call("DeleteRouteSettings", **stage, RouteKey="$default")
    shown = c.call("GetStage", **stage)
    assert "AccessLogSettings" not in shown and shown["RouteSettings"] == {}
    c.call("ResetAuthorizersCache", **stage)
    gone(c, STAGE, auto)
    gone(c, DEPLOYMENT, {**http, "DeploymentId": other})


def domain_names(c, http):
    when = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    served = {"ApiGatewayDomainName": "d-abc.execute-api.ap-south-2.amazonaws.com",
              "CertificateArn": CERTIFICATE, "CertificateName": "c", "CertificateUploadDate": when,
              "DomainNameStatus": "AVAILABLE", "DomainNameStatusMessage": "m",
              "EndpointType": "REGIONAL", "HostedZoneId": "Z1", "IpAddressType": "dualstack",
              "SecurityPolicy": "TLS_1_0", "OwnershipVerificationCertificateArn": CERTIFICATE + "y"}
    file = tempfile.NamedTemporaryFile(suffix=".pem")
    file.write(pki.root("good").pem + pki.root("stale", hours=(-48, -1)).pem)
    file.flush()
    tls = {"TruststoreUri": f"file://{file.name}", "TruststoreVersion": "1"}
    domain = c.make(DOMAIN, DomainName="a.example", DomainNameConfigurations=[served],
                    Tags={"k": "v"}, MutualTlsAuthentication=tls, RoutingMode="ROUTING_RULE_ONLY")
    c.change(DOMAIN, domain, DomainNameConfigurations=[served | {"SecurityPolicy": "TLS_1_2"}],
             MutualTlsAuthentication=tls | {"TruststoreVersion": "2"},
             RoutingMode="ROUTING_RULE_THEN_API_MAPPING")
    other = c.make(DOMAIN, DomainName="*.b.example", DomainNameConfigurations=[{}])
    c.page(DOMAIN, {})
    api = {"ApiId": http["ApiId"], "Stage": "dev"}
    mapping = c.make(MAPPING, **domain, **api, ApiMappingKey="orders/v1")
    c.change(MAPPING, mapping, **api, ApiMappingKey="orders/v2")
    c.make(MAPPING, **domain, **api)
    c.page(MAPPING, domain)
    conditions = [{"MatchBasePaths": {"AnyOf": ["orders"]}},
                  {"MatchHeaders": {"AnyOf": [{"Header": "x", "ValueGlob": "*y"}]}}]
    action = {"InvokeApi": api | {"StripBasePath": True}}
    rule = c.make(RULE, **domain, Priority=1, Conditions=conditions, Actions=[action])
    c.change(RULE, rule, verb="Put", Priority=2, Conditions=conditions,
             Actions=[{"InvokeApi": api | {"StripBasePath": False}}])
    c.make(RULE, **domain, Priority=3, Conditions=[], Actions=[action])
    c.page(RULE, domain, size=1)
    domain_name_id(c, rule, conditions, action)
    gone(c, RULE, rule)
    gone(c, MAPPING, mapping)
    for one in (domain, other):
        gone(c, DOMAIN, one)


def domain_name_id(c, rule, conditions, action):
    """Empty, it names the domain name that has no such id; filled, one that is not there."""
    body = {"Conditions": conditions, "Actions": [action]}
    domain = {"DomainName": rule["DomainName"]}
    fourth = c.call("CreateRoutingRule", **domain, **body, Priority=4, DomainNameId="")
    fourth = domain | {"RoutingRuleId": fourth["RoutingRuleId"]}
    c.call("GetRoutingRule", **fourth, DomainNameId="")
    c.call("PutRoutingRule", **fourth, **body, Priority=5, DomainNameId="")
    c.call("ListRoutingRules", **domain, DomainNameId="")
    with pytest.raises(ClientError) as info:
        c.call("GetRoutingRule", **fourth, DomainNameId="private")
    assert info.value.response["Error"]["Code"] == "NotFoundException"
    c.call("DeleteRoutingRule", **fourth, DomainNameId="")


def tags(c, http):
    arn = {"ResourceArn": f"arn:aws:apigateway:{REGION}::/apis/{http['ApiId']}"}
    c.call("TagResource", **arn, Tags={"more": "x"})
    c.keeps("TagResource", "Tags", {"k": "v", "more": "x"}, c.call("GetTags", **arn)["Tags"])
    c.call("UntagResource", **arn, TagKeys=["more"])
    assert c.call("GetTags", **arn)["Tags"] == {"k": "v"}
