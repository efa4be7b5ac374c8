"""Makes the measures: from the metrics of the semantic layer, and from what is written by hand."""

from collections.abc import Mapping

from streamvision.domain.metric import Metric
from streamvision.pipeline.powerbi.dax import Star, measure_of
from streamvision.pipeline.powerbi.disagreement import disagreement
from streamvision.pipeline.powerbi.model import Measure
from streamvision.pipeline.powerbi.spec import FolderSpec, MeasureSpec, MetricSpec, ModelSpec
from streamvision.pipeline.powerbi.words import Words


def measures_of(
    spec: ModelSpec, metrics: Mapping[str, Metric], star: Star, tables: set[str]
) -> list[Measure]:
    """Return the measures, those of metrics first.

    Raises:
        DefinitionError: when a metric is neither a measure nor left out with a reason, or two have one name.

    """
    for name in (*spec.metrics, *spec.left_out):
        if name not in metrics:
            raise disagreement(f"there is no metric {name}")
    found = [
        _of_metric(spec, metric, spec.metrics.get(name), star, tables)
        for name, metric in metrics.items()
        if name not in spec.left_out
    ]
    found += [_by_hand(spec, each) for each in spec.measures]
    found += [_text(spec, name, words) for name, words in spec.texts.items()]
    names = [measure.name.lower() for measure in found]
    for measure in found:
        if names.count(measure.name.lower()) > 1:
            raise disagreement(f"two measures are called {measure.name!r}")
    return found


def _of_metric(
    spec: ModelSpec, metric: Metric, written: MetricSpec | None, star: Star, tables: set[str]
) -> Measure:
    folder = _folder(spec, written.folder if written and written.folder else metric.topic)
    if metric.format not in spec.formats:
        raise disagreement(f"no format is written for {metric.format}")
    shown = spec.formats[metric.format]
    if written and written.dax:
        dax = _divided(written.dax, shown.divisor)
    else:
        missing = sorted({part.mart for part in metric.aggregates} - tables)
        if missing:
            raise disagreement(
                f"the metric {metric.name} needs {', '.join(missing)}, which the model has not"
            )
        dax = measure_of(metric, star, shown.divisor)
    return Measure(
        words=Words(metric.label["en"], metric.label["fr"]),
        dax=dax,
        description=_described(metric),
        folder=folder.words,
        format=shown.of(metric.decimals),
        perspectives=folder.perspectives,
    )


def _described(metric: Metric) -> Words:
    return Words(*(_sentences(metric, language) for language in ("en", "fr")))


def _sentences(metric: Metric, language: str) -> str:
    head = {"en": "Computed as:", "fr": "Calcul :"}[language]
    return " ".join(f"{metric.description[language]} {head} {metric.formula[language]}.".split())


def _divided(dax: str, divisor: int) -> str:
    """Divide the result of what is written by hand, which is what follows the last RETURN."""
    if divisor == 1:
        return dax
    variables, returns, result = dax.rpartition("RETURN\n")
    return f"{variables}{returns}DIVIDE({result.strip()}, {divisor})"


def _by_hand(spec: ModelSpec, written: MeasureSpec) -> Measure:
    folder = _folder(spec, written.folder)
    return Measure(
        words=written.words,
        dax=written.dax.strip(),
        description=written.description,
        folder=folder.words,
        format=written.format,
        is_hidden=written.is_hidden,
        perspectives=folder.perspectives,
    )


def _text(spec: ModelSpec, name: str, words: Words) -> Measure:
    """Return the measure that says a text in the reader's language."""
    english, french = (word.replace('"', '""') for word in (words.en, words.fr))
    folder = _folder(spec, "texts")
    return Measure(
        words=Words(name, name),
        dax=f'IF(LEFT(USERCULTURE(), 2) = "fr", "{french}", "{english}")',
        description=Words("A text of the report.", "Un texte du rapport."),
        folder=folder.words,
        is_hidden=True,
        perspectives=folder.perspectives,
    )


def _folder(spec: ModelSpec, key: str) -> FolderSpec:
    if key not in spec.folders:
        raise disagreement(f"there is no folder {key} for measures")
    return spec.folders[key]
