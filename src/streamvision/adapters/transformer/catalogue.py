"""Writes down what the models are, with the page that dbt brings along."""

import json
from pathlib import Path

from dbt.artifacts.schemas.catalog import CatalogArtifact
from dbt.task.docs import DOCS_INDEX_FILE_PATH

from streamvision.adapters.transformer.dbt import DbtTransformer
from streamvision.ports.catalogue import ShownPlace

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline';"
    " img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
)
"""What a browser lets the page do: run what is in it, and ask nobody for anything."""
_REPLACED = {
    "<head>": f'<head><meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>',
    # Icons whose names are not yet filled in, and a favicon: no such files are anywhere.
    ' xlink:href="{{': ' ng-attr-xlink:href="{{',
    "${require('./assets/favicons/favicon.ico')}": "data:,",
    # The script that would tell others who looks at what.
    "//d1fc8wv8zag5ca.cloudfront.net/2.9.0/sp.js": "data:,",
}
_INLINE = {'"MANIFEST.JSON INLINE DATA"': "manifest.json", '"CATALOG.JSON INLINE DATA"': "catalog.json"}
_FOLDERS = frozenset({"compiled_path", "root_path", "build_path"})
_BESIDE = (
    "--resource-type", "model", "--resource-type", "seed",
    "--exclude", "path:models/core", "path:models/marts",
)  # fmt: skip


class DbtCataloguer(DbtTransformer):
    """Run `dbt docs generate`; what it writes goes to one folder, which is not that of the builds."""

    def page(self, shown: ShownPlace) -> bytes:
        """Return dbt's page with all that it needs in it, and nothing that leads elsewhere."""
        if shown.is_copy:
            # What readers are not shown is made without rows, so that its columns have types too.
            self._invoke(shown.place, "", "build", "--empty", *_BESIDE)
        outcome = self._invoke(shown.place, "", "docs generate")
        if not outcome.success or not isinstance(outcome.result, CatalogArtifact):
            raise self._not_run(outcome)
        page = Path(DOCS_INDEX_FILE_PATH).read_text(encoding="utf-8")
        for there, instead in _REPLACED.items():
            page = page.replace(there, instead)
        for mark, name in _INLINE.items():
            # The page holds them in a script, which must not end in the middle of one.
            page = page.replace(mark, self._written(name).replace("</", "<\\/"))
        return page.encode()

    def _written(self, name: str) -> str:
        """Return a file that dbt wrote, without the folders of this machine."""
        document = json.loads((self._work / "target" / name).read_text(encoding="utf-8"))
        for node in document["nodes"].values():
            for folder in _FOLDERS & node.keys():
                node[folder] = None
        return json.dumps(document, ensure_ascii=False)
