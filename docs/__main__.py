"""`make docs`: every picture of the documentation, drawn by the package's own networks from the seeds written here."""

from pathlib import Path

from docs.formats import formats_page
from docs.gallery import GALLERY
from docs.models import models_page
from docs.pictures import PAGES
from docs.studio import PROGRAM, studio_pictures
from limner.client.options import Settings
from limner.client.project.starting import schema_text
from limner.client.reproducing import drawing_server
from limner.client.sync import Client

DOCS = Path(__file__).parent
FOLDER = DOCS / "pictures"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with drawing_server(Settings(quiet=True)) as address, Client(address) as client:  # its store is empty
        for name, page in ({f"{name}.png": page for name, page in PAGES.items()} | dict(GALLERY)).items():
            (FOLDER / name).write_bytes(page(client))
            print(FOLDER / name, flush=True)
    shots = studio_pictures()
    if not shots:
        print(f"the pictures of Studio are left as they are: {PROGRAM} is not installed: apt-get install {PROGRAM}")
    for name, picture in shots.items():
        (FOLDER / f"{name}.png").write_bytes(picture)
    (DOCS / "formats.md").write_text(formats_page(), encoding="utf-8")
    (DOCS / "asset.schema.json").write_text(schema_text(), encoding="utf-8")
    (DOCS / "models.md").write_text(models_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
