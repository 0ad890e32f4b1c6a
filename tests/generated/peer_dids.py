"""Reads and makes peer DIDs with the library ``peerdid``: a line of JSON for each line of JSON."""

import json
import sys

from peerdid.dids import create_peer_did_numalgo_2, is_peer_did, resolve_peer_did
from peerdid.keys import Ed25519VerificationKey, KeyFormat, X25519KeyAgreementKey

for line in sys.stdin:
    asked = json.loads(line)
    if "did" in asked:
        answer = resolve_peer_did(asked["did"], KeyFormat.BASE58).serialize() if is_peer_did(asked["did"]) else None
    else:
        agreement = X25519KeyAgreementKey(bytes.fromhex(asked["agreement"]))
        authentication = Ed25519VerificationKey(bytes.fromhex(asked["authentication"]))
        answer = str(create_peer_did_numalgo_2([agreement], [authentication], asked["service"]))
    print(json.dumps(answer), flush=True)
