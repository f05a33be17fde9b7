"""The facts that come with an error: field violations, the time to try again."""

import json

from connectrpc.errors import ErrorDetail
from google.protobuf import any_pb2, json_format
from google.rpc import error_details_pb2
from protobuf import Message
from protobuf.wkt import Any, Struct

KNOWN = {kind.DESCRIPTOR.full_name: kind for kind in (error_details_pb2.BadRequest, error_details_pb2.RetryInfo)}


class Detail(ErrorDetail):
    """A detail that clients without protobuf read too: Connect's JSON has it spelt out beside the bytes."""

    def __init__(self, packed: Any, shown: Struct | None) -> None:
        super().__init__(packed)
        self._shown = shown

    @classmethod
    def of(cls, packed: any_pb2.Any) -> "Detail":
        name = packed.type_url.rpartition("/")[2]
        shown = None
        if (kind := KNOWN.get(name)) is not None:
            message = kind.FromString(packed.value)
            shown = Struct.from_json(json.dumps(json_format.MessageToDict(message)))
        return cls(Any(type_url=packed.type_url, value=packed.value), shown)

    def value(self, *_: object) -> Message | None:  # type: ignore[override]  # whatever kind is asked for
        """What Connect's JSON shows under `debug`."""
        return self._shown
