"""Commands about the models."""

import typer

from streamvision.bootstrap import open_application
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import show, table_of

models = typer.Typer(help="Look at the models that are built.", no_args_is_help=True)


@models.command("list")
def list_models(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """List the models and seeds in an order in which they can be built, with what each reads."""
    application = open_application(profile)
    parts = application.transformer.parts(application.warehouse.build_place())
    rows = [(part.layer, part.name, ", ".join(sorted(part.needs)) or "-") for part in parts]
    document = [{"layer": part.layer, "name": part.name, "needs": sorted(part.needs)} for part in parts]
    show(output, document, [table_of(["layer", "model", "reads"], rows)])


@models.command("prepare")
def prepare_models(profile: ProfileOption = None, output: FormatOption = OutputFormat.TABLE) -> None:
    """Write down which models there are, for Airflow, which shows each as a task; do it after each change."""
    path = open_application(profile).prepare_models()
    show(output, {"manifest": path}, [f"Airflow reads the models from {path}."])
