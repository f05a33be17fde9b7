"""The strict parse, against what protobuf itself makes of any message."""

from hypothesis import given
from hypothesis import strategies as st

from limner.server.parsing import parsed
from limner.v1 import briefs_pb2, generation_pb2
from limner.v1.generation_service_pb2 import CreateGenerationRequest

MESSAGES = st.builds(
    lambda prompt, seed, request_id, steps, limit: CreateGenerationRequest(
        generation=generation_pb2.Generation(
            image=briefs_pb2.ImageBrief(prompt=prompt, seed=seed, sampling=briefs_pb2.Sampling(steps=steps)),
            time_limit={"seconds": limit},
        ),
        request_id=request_id,
    ),
    st.text(),
    st.integers(-(2**63), 2**63 - 1),
    st.text(),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(0, 2**40),
)


@given(MESSAGES)
def test_a_whole_message_is_parsed_as_protobuf_parses_it(message: CreateGenerationRequest) -> None:
    assert parsed(CreateGenerationRequest.FromString, message.SerializeToString()) == message


@given(MESSAGES, st.binary(max_size=20))
def test_fields_of_a_later_version_pass(message: CreateGenerationRequest, value: bytes) -> None:
    later = bytes([0xFA, 0x07, len(value)]) + value  # field 127
    assert parsed(CreateGenerationRequest.FromString, message.SerializeToString() + later).generation.image.prompt == (
        message.generation.image.prompt
    )
