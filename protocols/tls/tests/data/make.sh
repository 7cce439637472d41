#!/usr/bin/env bash
# Makes the keys and certificates here, with OpenSSL: for tests alone, in the forms that our own
# making does not have.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
certify() {
    openssl req -x509 -key "$1" -out "$2" -days 36500 -subj "/CN=$3" "${@:4}"
}
openssl genrsa -traditional -out rsa.pkcs1.key 2048
openssl pkcs8 -topk8 -nocrypt -in rsa.pkcs1.key -out rsa.pkcs8.key
openssl pkcs8 -topk8 -passout pass:secret -in rsa.pkcs1.key -out rsa.encrypted.key
certify rsa.pkcs1.key rsa.crt rsa -addext "subjectAltName=DNS:rsa.test,DNS:*.RSA.test"
openssl ecparam -genkey -noout -name prime256v1 -out p256.sec1.key
certify p256.sec1.key p256.crt p256 -addext "subjectAltName=DNS:p256.test,IP:127.0.0.1"
certify p256.sec1.key nameless.crt p256.test
openssl genpkey -algorithm ed25519 -out ed25519.key
certify ed25519.key ed25519.crt ed25519 -addext "subjectAltName=DNS:ed25519.test"
