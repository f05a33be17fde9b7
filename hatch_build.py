"""Generate the protobuf modules next to their .proto files, before anything is packed."""

from pathlib import Path

import grpc_tools
from grpc_tools import protoc
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ProtoHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        generate(Path(self.root, "proto"))


def generate(root: Path) -> None:
    """Run protoc once over every .proto file below `root`, and again over the services."""
    files = sorted(str(path) for path in root.rglob("*.proto"))
    well_known = Path(grpc_tools.__file__).parent / "_proto"  # google/protobuf/*.proto
    services = [path for path in files if path.endswith("_service.proto")]
    for flags, sources in (
        ([f"--python_out={root}", f"--pyi_out={root}"], files),
        ([f"--grpc_python_out={root}"], services),
    ):
        if protoc.main(["protoc", f"-I{root}", f"-I{well_known}", *flags, *sources]):
            raise SystemExit("protoc failed; its messages are above")


if __name__ == "__main__":
    generate(Path(__file__).parent / "proto")
