"""A bucket of an S3 server, `moto` from PyPI, that takes nobody's word: each request must be signed with the key that it gave out.

It serves on this machine, from this process: so it can be stopped, and holds what it held when it is started again.
"""

import contextlib
import json
import logging
import os
import socket

import boto3
import moto.settings
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

HOST, REGION = "127.0.0.1", "eu-west-2"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


class Bucket:
    """The bucket `name` on a server at `port`; the server runs while this is used as a context."""

    def __init__(self, name, port):
        self.name = name
        self.port = port
        self.endpoint = f"http://{HOST}:{port}"
        self.server = None
        self.key_id, self.secret = "nobody", "nothing"

    def __enter__(self):
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self.start()
        self._give_out_key()
        self._client().create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return self

    def __exit__(self, *_):
        if self.server is not None:
            self.stop()

    def start(self):
        self.server = ThreadedMotoServer(HOST, self.port, verbose=False)
        self.server.start()

    def stop(self):
        """From now on nobody listens at its port."""
        self.server.stop()
        self.server = None

    @contextlib.contextmanager
    def mute(self):
        """In place of the server that was stopped, something that takes connections and never answers."""
        with socket.create_server((HOST, self.port)):
            yield

    def _give_out_key(self):
        """Registers somebody who may do everything here; from then on nobody else may do anything."""
        people = self._client("iam")
        people.create_user(UserName="pathfinder")
        people.put_user_policy(UserName="pathfinder", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
        key = people.create_access_key(UserName="pathfinder")["AccessKey"]
        self.key_id, self.secret = key["AccessKeyId"], key["SecretAccessKey"]
        moto.settings.INITIAL_NO_AUTH_ACTION_COUNT = 0

    def _client(self, service="s3", secret=None):
        known = {"aws_access_key_id": self.key_id, "aws_secret_access_key": secret or self.secret}
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, **known)

    def environment(self):
        """The variables of this process, with those that say where the bucket is and with which key."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        key = {"AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret}
        return {**own, **key, "AWS_REGION": REGION, "AWS_ENDPOINT": self.endpoint}

    def keys(self):
        """The names of all that is in it."""
        listed = self._client().list_objects_v2(Bucket=self.name)
        if listed["IsTruncated"]:
            raise AssertionError("what is in the bucket fits on one page")
        return {row["Key"] for row in listed.get("Contents", [])}

    def objects(self):
        """All that is in it, bytes by key; nothing is to be deleted meanwhile."""
        client = self._client()
        return {key: client.get_object(Bucket=self.name, Key=key)["Body"].read() for key in sorted(self.keys())}

    def put(self, key, content):
        self._client().put_object(Bucket=self.name, Key=key, Body=content)

    def refuses_strangers(self):
        """Whether somebody with the id of the key, and not with its secret, is refused."""
        try:
            self._client(secret="guessed").list_objects_v2(Bucket=self.name)
        except ClientError as error:
            return error.response["Error"]["Code"] == "SignatureDoesNotMatch"
        return False
