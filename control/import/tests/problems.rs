//! Every problem a document can have, by its words and its place.
#![allow(clippy::unwrap_used, clippy::panic)]

use ringgate_import::openapi::{Options, read};

/// Reads a document and wants these problems: `line:column: message [| hint]`.
#[track_caller]
fn refuses(text: &str, wanted: &[&str]) {
    let text = text.strip_prefix('\n').unwrap_or(text);
    let problems = match read(text, "f", Options::default()) {
        Err(problems) => problems,
        Ok(reading) => panic!("accepted: {reading:?}"),
    };
    let told: Vec<String> = problems
        .iter()
        .map(|p| {
            let hint = p.hint.as_ref().map(|hint| format!(" | {hint}")).unwrap_or_default();
            format!("{}:{}: {}{hint}", p.line, p.column, p.message)
        })
        .collect();
    assert_eq!(told, wanted);
}

/// The same for one operation's integration, whose first member stands on line 7.
#[track_caller]
fn integration_refuses(members: &str, wanted: &[&str]) {
    let head = "openapi: 3.0.0\ninfo: {title: x}\npaths:\n  /pets/{id}:\n    get:\n      \
                x-amazon-apigateway-integration:\n";
    let members: Vec<String> = members.lines().map(|line| format!("        {line}\n")).collect();
    refuses(&format!("{head}{}", members.concat()), wanted);
}

const WHOLE: &str = "type: http_proxy\nhttpMethod: GET\nuri: http://h/\n";

#[test]
fn not_a_document() {
    refuses("", &["1:1: the document is empty"]);
    refuses("- a", &["1:1: expected an OpenAPI document, found a list"]);
    refuses("hello", &["1:1: expected an OpenAPI document, found hello"]);
    refuses(
        "a: 1\nb: [",
        &["3:1: not YAML: while parsing a node, did not find expected node content"],
    );
    refuses("a: 1\na: 2", &["2:1: 'a' stands twice in the same object"]);
    refuses("a: 1\n---\nb: 1", &["2:1: a second document begins here; one is read"]);
    refuses("? [a]\n: 1", &["1:3: a name was expected here"]);
    refuses(
        "a:\n\tb: 1",
        &["2:2: not YAML: tabs disallowed within this context (block indentation)"],
    );
    refuses("{\"a\": 1,}", &["1:9: not JSON: expected a name in double quotes, found '}'"]);
    refuses("{\"a\": 1,\n \"a\": 2}", &["2:2: 'a' stands twice in the same object"]);
    refuses("{\"a\": 01}", &["1:7: not JSON: expected a value, found '0'"]);
    refuses("{\"a\": \"\\x\"}", &["1:7: not JSON: \"\\x\" has an escape that JSON does not know"]);
    refuses("{\"a\": \"\n\"}", &["1:7: not JSON: a string without its closing quote"]);
    refuses("{} x", &["1:4: not JSON: expected the end of the document, found 'x'"]);
    refuses("{\"a\": [1 2]}", &["1:10: not JSON: expected ',' or ']', found '2'"]);
    refuses(
        "{",
        &["1:2: not JSON: expected a name in double quotes, found the end of the document"],
    );
}

#[test]
fn hostile_documents_are_bounded() {
    let deep = format!("{}1{}", "{\"a\":".repeat(1000), "}".repeat(1000));
    refuses(&deep, &["1:506: not JSON: nested deeper than 100 levels"]);
    let deep: String = (0..200).map(|at| format!("{}a:\n", " ".repeat(at))).collect();
    refuses(&deep, &["101:101: nested deeper than 100 levels"]);
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..10 {
        let before = at - 1;
        let aliases = format!("*a{before}, ").repeat(10);
        bomb.push_str(&format!("a{at}: &a{at} [{aliases}]\n"));
    }
    let problems = read(&bomb, "f", Options::default()).unwrap_err();
    assert!(problems[0].message.contains("grow past every bound"), "{problems:?}");
    let mut chain = "a0: &a0 [[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]\n".to_owned();
    for at in 1..10 {
        let before = at - 1;
        chain.push_str(&format!("a{at}: &a{at} [[[[[[[[[[*a{before}]]]]]]]]]]\n"));
    }
    assert!(read(&chain, "f", Options::default()).unwrap_err()[0].message.contains("bound"));
    refuses("a: &a [*a]", &["1:8: an alias to itself"]);
    assert!(
        read(&" ".repeat(7_000_000), "f", Options::default()).unwrap_err()[0]
            .message
            .contains("larger than")
    );
}

#[test]
fn versions() {
    refuses(
        "info: {}",
        &["1:1: no OpenAPI document: the member 'openapi' is missing | it begins with openapi: \
             3.0.3"],
    );
    refuses(
        "swagger: '2.0'",
        &["1:1: Swagger 2.0 describes REST APIs only; HTTP APIs take OpenAPI 3.0 or 3.1 | \
             convert it, \
         or write openapi: 3.0.3"],
    );
    refuses("openapi: 3.2.0", &["1:10: OpenAPI 3.2.0 is not known, expected 3.0 or 3.1"]);
    refuses("openapi: 3.10", &["1:10: OpenAPI 3.10 is not known, expected 3.0 or 3.1"]);
    refuses("openapi: [3]", &["1:10: 'openapi': expected a version like 3.0.3, found a list"]);
}

#[test]
fn a_member_of_info_that_nobody_knows() {
    refuses(
        "openapi: 3.0.0\ninfo:\n  title: x\n  verison: '1'\n  zzz: 1\n  x-mine: 1\n  summary: s\n  \
         contact: {}\n  license: {}\n  termsOfService: t\npaths: {}\n",
        &[
            "4:3: 'info' has no member 'verison' | did you mean 'version'?",
            "5:3: 'info' has no member 'zzz'",
        ],
    );
}

#[test]
fn the_top_of_a_document() {
    refuses("openapi: 3.0.0\npaths: {}", &["1:1: the document has no 'info'"]);
    refuses("openapi: 3.0.0\ninfo: {title: x}", &["1:1: the document has no 'paths'"]);
    refuses(
        "openapi: 3.0.0\ninfo: {}\npaths: {}\n",
        &["2:1: 'info' has no 'title', the name of the API"],
    );
    refuses(
        "openapi: 3.0.0\ninfo: {title: ''}\npaths: []\n",
        &[
            "2:15: 'title': expected 1 to 128 characters",
            "3:8: 'paths': expected an object, found a list",
        ],
    );
    refuses(
        "openapi: 3.0.0\ninfo: {title: x}\npahts: {}\npaths: {}",
        &["3:1: an OpenAPI document has no member 'pahts' | did you mean 'paths'?"],
    );
    refuses(
        "
openapi: 3.0.0
info: {title: !Sub x}
paths: {}
tags:
  - x-amazon-apigateway-tag-value: v
  - {name: 'aws:x', x-amazon-apigateway-tag-value: v}
  - {name: t, x-amazon-apigateway-tag-valu: v}
x-amazon-apigateway-endpoint-configuration: {vpcEndpointIds: [], disableExecuteApi: true}
x-amazon-apigateway-policy: {}
x-amazon-apigateway-cros: {}
x-amazon-apigateway-integration: {}
components:
  x-amazon-apigateway-integrations: []
",
        &[
            "2:15: 'title': expected the name of the API, found the tag !Sub | tags of \
             CloudFormation are not resolved here: write the value itself",
            "2:15: 'title': expected 1 to 128 characters",
            "5:5: a tag with 'x-amazon-apigateway-tag-value' needs a 'name'",
            "6:5: a tag has a name of 1 to 128 characters that does not begin with 'aws:' and a \
             value of at most 256",
            "7:15: AWS has no member 'x-amazon-apigateway-tag-valu' | did you mean \
             'x-amazon-apigateway-tag-value'?",
            "8:46: 'vpcEndpointIds' is for REST APIs; an HTTP API has no such thing",
            "8:66: x-amazon-apigateway-endpoint-configuration has no member 'disableExecuteApi'",
            "9:1: 'x-amazon-apigateway-policy' is for REST APIs; an HTTP API has no such thing | \
             remove it",
            "10:1: AWS has no member 'x-amazon-apigateway-cros' | did you mean \
             'x-amazon-apigateway-cors'?",
            "11:1: 'x-amazon-apigateway-integration' cannot stand at the top of the document | it \
             stands in an operation",
            "13:37: 'x-amazon-apigateway-integrations': expected an object, found a list",
        ],
    );
}

#[test]
fn paths_and_operations() {
    refuses(
        "
openapi: 3.0.0
info: {title: x}
paths:
  pets: {get: {}}
  /pets/: {get: {}, post: {}}
  /a/{x+}/b: {get: {}}
  /a/{x}/{x}: {get: {}}
  /t: {trace: {}, gte: {}, $ref: '#/x'}
  /$defualt: {get: {}}
  /$default: {get: {}}
  $default: {x-amazon-apigateway-any-method: {}}
  /d: {x-amazon-apigateway-any-method: {isDefaultRoute: true}}
  /o: {get: {responces: {}, x-amazon-apigateway-auth: {type: AWS_IAM}}, put: 5}
  /r: {get: {x-amazon-apigateway-request-validator: all, x-other: 1}}
",
        &[
            "4:3: 'pets': The provided route key is not formatted properly for HTTP protocol. \
             Format should be \"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\" | a path begins \
             with /: '/pets'",
            "5:3: '/pets/': One or more path parts appear to be invalid. Parts are validated \
             against this regular expression: ^(\\{[\\w.:-]+\\+?\\}|[a-zA-Z0-9.:_-]+)$ | remove \
             the closing slash: '/pets'",
            "6:3: '/a/{x+}/b': A greedy path variable must be the last part of a route's path",
            "7:3: '/a/{x}/{x}': The path variable 'x' stands twice in the route key",
            "8:8: '/t': Invalid HTTP method 'TRACE' in route key. Valid methods are ANY, GET, \
             POST, \
             PUT, PATCH, DELETE, HEAD, OPTIONS | 'x-amazon-apigateway-any-method' takes every \
             method",
            "8:19: a path has no member 'gte' | did you mean 'get'?",
            "8:34: '#/x' names nothing in this document | a reference is like #/components/…",
            "9:3: '/$defualt': One or more path parts appear to be invalid. Parts are validated \
             against this regular expression: ^(\\{[\\w.:-]+\\+?\\}|[a-zA-Z0-9.:_-]+)$ | did you \
             mean '/$default'?",
            "10:15: the default route takes 'x-amazon-apigateway-any-method' only",
            "12:8: the route '$default' stands twice | the first is at line 11",
            "13:14: an operation has no member 'responces' | did you mean 'responses'?",
            "13:78: 'put': expected an object, found 5",
            "14:14: 'x-amazon-apigateway-request-validator' is for REST APIs; an HTTP API has no \
             such thing | remove it",
        ],
    );
}

#[test]
fn too_many_routes() {
    let paths: String = (0..301).map(|at| format!("  /p{at}: {{get: {{}}}}\n")).collect();
    refuses(
        &format!("openapi: 3.0.0\ninfo: {{title: x}}\npaths:\n{paths}"),
        &["3:1: more than 300 routes, an API has no more"],
    );
}

#[test]
fn security() {
    refuses(
        "
openapi: 3.0.0
info: {title: x}
paths:
  /a: {get: {security: [{jwt: []}, {iam: []}, {jtw: []}, {gone: []}]}}
  /b: {get: {security: jwt}}
  /c: {get: {security: [{jwt: x}, {}, {iam: [a]}]}}
  /d: {get: {x-amazon-apigateway-auth: {type: IAM, tpye: NONE}}}
components:
  securitySchemes:
    jwt: {type: oauth2, x-amazon-apigateway-authorizer: {type: jwt}}
    iam: {type: apiKey, x-amazon-apigateway-authtype: awsSigv4}
    old: {x-amazon-apigateway-authorizer: {type: token}}
    own: {x-amazon-apigateway-authorizer: {type: mine}}
    bare: {x-amazon-apigateway-authorizer: {}}
    list: {x-amazon-apigateway-authorizer: []}
    fn:
      x-amazon-apigateway-authorizer:
        type: request
        authorizerResultTtlInSeconds: 3601
        identitySource: {}
        jwtConfiguration: {issuers: x}
        providerARNs: []
        enableSimpleResponses: 'yes'
        autorizerUri: x
",
        &[
            "4:37: a route of an HTTP API asks one authorizer: 'jwt', not 'iam' too",
            "4:48: components.securitySchemes has no 'jtw' | did you mean 'jwt'?",
            "4:59: components.securitySchemes has no 'gone'",
            "5:24: 'security': expected a list, found jwt",
            "6:31: 'jwt': expected a list of texts, found x",
            "6:35: 'iam' cannot be left to the client: every request must pass it",
            "6:40: 'iam' has no scopes: only a JWT authorizer looks at them",
            "7:47: 'IAM' is no type, expected NONE or AWS_IAM",
            "7:52: x-amazon-apigateway-auth has no member 'tpye' | did you mean 'type'?",
            "12:50: 'token' authorizers are for REST APIs; HTTP APIs take jwt and request",
            "13:50: 'mine' is no type of authorizer, expected jwt or request",
            "14:12: the authorizer has no 'type' | type: jwt, or type: request",
            "15:44: 'x-amazon-apigateway-authorizer': expected an object, found a list",
            "17:7: the authorizer has no 'authorizerPayloadFormatVersion' | \
             authorizerPayloadFormatVersion: '2.0'",
            "19:39: 'authorizerResultTtlInSeconds': expected a number of seconds, 0 to 3600, \
             found 3601",
            "20:25: 'identitySource': expected a text like $request.header.Authorization, found an \
             object",
            "21:28: jwtConfiguration has no member 'issuers' | did you mean 'issuer'?",
            "22:9: 'providerARNs' is for REST APIs; an HTTP API asks a pool as a JWT issuer | \
             remove it",
            "23:32: 'enableSimpleResponses': expected true or false, found the text \"yes\"",
            "24:9: x-amazon-apigateway-authorizer has no member 'autorizerUri' | did you mean \
             'authorizerUri'?",
        ],
    );
}

#[test]
fn cors() {
    refuses(
        "
openapi: 3.0.0
info: {title: x}
paths: {}
x-amazon-apigateway-cors:
  allowOrigin: ['*']
  allowOrigins: ['*', example.com, 'https://x/y']
  allowCredentials: true
  allowMethods: GET
  allowHeaders: [[]]
  maxAge: 86401
  exposeHeaders: null
",
        &[
            "5:3: x-amazon-apigateway-cors has no member 'allowOrigin' | did you mean \
             'allowOrigins'?",
            "6:23: 'example.com' is no origin | an origin is * or like https://example.com, \
             without a path",
            "6:36: 'https://x/y' is no origin | an origin is * or like https://example.com, \
             without a path",
            "7:3: 'allowCredentials' cannot be true while 'allowOrigins' holds * | name the \
             origins",
            "8:17: 'allowMethods': expected a list of texts, found GET",
            "9:18: 'allowHeaders': expected a text, found a list",
            "10:11: 'maxAge': expected -1 to 86400 seconds",
            "11:18: 'exposeHeaders': expected a list of texts, found nothing",
        ],
    );
}

#[test]
fn integrations_of_other_kinds() {
    integration_refuses(
        "type: aws_proxy\npayloadFormatVersion: 3.0",
        &[
            "7:9: the integration has no 'uri' | uri: the ARN of a function",
            "8:31: '3.0' is no payload format, expected 1.0 or 2.0",
        ],
    );
    integration_refuses(
        "type: http_proxy\nhttpMethod: ANY\nuri: arn:aws:lambda:x",
        &["9:14: an ARN is called by aws_proxy integrations, or through a VPC link"],
    );
    integration_refuses(
        "type: mock",
        &["7:15: 'mock' is for REST and WebSocket APIs; HTTP APIs take http_proxy and aws_proxy"],
    );
    integration_refuses(
        "type: proxy",
        &["7:15: 'proxy' is no type of integration, expected http_proxy or aws_proxy"],
    );
}

#[test]
fn members_of_an_integration() {
    for name in [
        "cacheKeyParameters",
        "cacheNamespace",
        "contentHandling",
        "passthroughBehavior",
        "requestTemplates",
        "responses",
    ] {
        let wanted = format!(
            "10:9: '{name}' is for REST and WebSocket APIs; an HTTP API has no such thing | \
             remove it"
        );
        integration_refuses(&format!("{WHOLE}{name}: x"), &[&wanted]);
    }
    integration_refuses(
        &format!("{WHOLE}timeoutInMilis: 5"),
        &["10:9: x-amazon-apigateway-integration has no member 'timeoutInMilis' | did you mean \
         'timeoutInMillis'?"],
    );
    integration_refuses(
        &format!("{WHOLE}url: 5"),
        &["10:9: x-amazon-apigateway-integration has no member 'url' | did you mean 'uri'?"],
    );
}

#[test]
fn structures_of_an_integration() {
    integration_refuses(
        &format!(
            "{WHOLE}requestParameters: {{a: []}}\nresponseParameters: {{200: x, 201: {{b: {{}}}}}}\
             \ntlsConfig: {{serverNameToVerify: [], insecureSkipVerification: true, sni: x}}\n\
             credentials: []\nconnectionId: {{}}"
        ),
        &[
            "10:32: 'a': expected a text, found a list",
            "11:35: '200': expected an object, found x",
            "11:47: 'b': expected a text, found an object",
            "12:41: 'serverNameToVerify': expected a text, found a list",
            "12:45: 'insecureSkipVerification' is for REST APIs; an HTTP API has no such thing | \
             remove it",
            "12:77: tlsConfig has no member 'sni'",
            "13:22: 'credentials': expected a text, found a list",
            "14:23: 'connectionId': expected a text, found an object",
        ],
    );
}

#[test]
fn values_of_an_integration() {
    integration_refuses(
        "type: http_proxy\nhttpMethod: get\nuri: https://h/",
        &["8:21: 'get' is no method | methods are written in upper case: GET"],
    );
    integration_refuses(
        "type: http_proxy\nhttpMethod: FETCH\nuri: h",
        &[
            "8:21: 'FETCH' is no method | one of ANY, GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS",
            "9:14: 'h': Invalid HTTP endpoint specified for URI | a URI is like \
         http://127.0.0.1:9000/pets/{id}",
        ],
    );
    integration_refuses(
        &format!(
            "{WHOLE}payloadFormatVersion: '2.0'\ntimeoutInMillis: 49\nconnectionType: VPC_LINK"
        ),
        &[
            "10:31: payload format 2.0 is for Lambda; http_proxy takes 1.0",
            "11:26: 'timeoutInMillis': expected 50 to 30000 milliseconds, found 49",
        ],
    );
    integration_refuses(
        &format!("{WHOLE}payloadFormatVersion: 1\ntimeoutInMillis: soon\nconnectionType: LAN"),
        &[
            "10:31: '1' is no payload format, expected 1.0",
            "11:26: 'timeoutInMillis': expected a whole number, 50 to 30000 milliseconds, found \
             soon",
            "12:25: 'LAN' is no connection type, expected INTERNET or VPC_LINK",
        ],
    );
    integration_refuses(
        "type: http_proxy",
        &[
            "7:9: the integration has no 'uri' | uri: http://127.0.0.1:9000/path",
            "7:9: the integration has no 'httpMethod' | ANY passes the client's method on",
        ],
    );
    integration_refuses(
        "{}",
        &[
            "7:9: the integration has no 'type' | type: http_proxy, or type: aws_proxy",
            "7:9: the integration has no 'uri' | uri: http://127.0.0.1:9000/path",
            "7:9: the integration has no 'httpMethod' | ANY passes the client's method on",
        ],
    );
    integration_refuses(
        "uri: http://h{id}/\nhttpMethod: ANY",
        &[
            "7:9: the integration has no 'type' | type: http_proxy, or type: aws_proxy",
            "7:14: 'http://h{id}/': The path variable '{id}' may not choose the host of an \
             integration \
         URI | a URI is like http://127.0.0.1:9000/pets/{id}",
        ],
    );
}

#[test]
fn references_that_lead_nowhere_or_in_circles() {
    refuses(
        "
openapi: 3.0.0
info: {title: x}
paths:
  /a: {$ref: '#/paths/~1b'}
  /b: {$ref: '#/paths/~1a'}
  /c: {$ref: 'other.yaml#/x'}
  /d: {$ref: 5}
components: {securitySchemes: {s: {$ref: '#/components/securitySchemes/s'}}}
",
        &[
            "4:7: this reference leads on over more than 10 others",
            "5:7: this reference leads on over more than 10 others",
            "6:14: 'other.yaml#/x' names nothing in this document | a reference is like \
             #/components/…",
            "7:14: '5' names nothing in this document | a reference is like #/components/…",
            "8:35: this reference leads on over more than 10 others",
        ],
    );
    // A few thousand lines that lead to the same million bytes again and again.
    let item = format!("x-big: {}", "x".repeat(1_000_000));
    let paths: String =
        (0..200).map(|at| format!("  /p{at}: {{$ref: '#/components/pathItems/big'}}\n")).collect();
    let text = format!(
        "openapi: 3.1.0\ninfo: {{title: x}}\ncomponents:\n  pathItems: {{big: {{{item}}}}}\n\
         paths:\n{paths}"
    );
    let problems = read(&text, "f", Options::default()).unwrap_err();
    assert!(problems[0].message.contains("grow past every bound"), "{problems:?}");
}

#[test]
fn references() {
    integration_refuses(
        "$ref: '#/components/x-amazon-apigateway-integrations/gone'",
        &["7:15: '#/components/x-amazon-apigateway-integrations/gone' names nothing | expected \
         #/components/x-amazon-apigateway-integrations/NAME"],
    );
    integration_refuses("$ref: '#/info'\nuri: x", &["8:9: 'uri' has no effect beside a $ref"]);
    integration_refuses(
        "$ref: '#/info'",
        &["7:15: '#/info' names nothing | expected \
         #/components/x-amazon-apigateway-integrations/NAME"],
    );
    refuses(
        "
openapi: 3.0.0
info: {title: x}
components: {x-amazon-apigateway-integrations: {backend: {type: nonsense}}}
paths:
  /a:
    get:
      x-amazon-apigateway-integration:
        $ref: '#/components/x-amazon-apigateway-integrations/bakend'
  /b:
    get:
      x-amazon-apigateway-integration:
        $ref: '#/components/x-amazon-apigateway-integrations/backend'
",
        &[
            "3:65: 'nonsense' is no type of integration, expected http_proxy or aws_proxy",
            "8:15: '#/components/x-amazon-apigateway-integrations/bakend' names nothing | did you \
             mean '#/components/x-amazon-apigateway-integrations/backend'?",
        ],
    );
}
