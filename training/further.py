"""Further: the recipe for training a model further, on other music than it was made from (fine-tuning)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from musiclstm.model.modelfile import ModelFile
from musiclstm.model.net.network import ModelConfig
from training.recipes import RECIPES, Recipe

# The share of the learning rate that is used from nothing. A fifth was worse with 20 and with 100 files of POP909.
RATE = 2 / 3
# For few files, which are soon memorised.
DROPOUT = 0.4
TRANSPOSE = (-3, 3)
# What a card says that remains true when the model is trained further.
_INHERITED = ("licence", "attribution", "tempo")


def further(model: ModelFile, title: str) -> Recipe:
    """The recipe for training a model further."""
    own = [recipe for recipe in RECIPES.values() if recipe.vocabulary == model.vocabulary]
    recipe = own[0] if own else Recipe(title, model.vocabulary)
    return replace(
        recipe,
        title=title,
        config=ModelConfig.of(model.config),
        rate=recipe.rate * RATE,
        exact_parts=False,
        triplets=False,
        defaults=model.defaults,
        card=card_of(model),
    )


def for_few(recipe: Recipe) -> Recipe:
    """A recipe of `further`, changed for so few notes that they would be memorised: more dropout, other keys."""
    drums = all(part.percussive for part in recipe.vocabulary.parts)
    config = replace(recipe.config, dropout=max(recipe.config.dropout, DROPOUT))
    return replace(recipe, config=config, transpose=(0, 0) if drums else TRANSPOSE)


def card_of(model: ModelFile) -> dict[str, Any]:
    """What the card of a model that is trained further from this one says of it."""
    kept = {name: model.card[name] for name in _INHERITED if name in model.card}
    corpus = model.card.get("corpus", "unknown music")
    parents = [*model.card.get("parents", ()), model.fingerprint]
    return {**kept, "parents": parents, "from": f"{model.title} ({model.fingerprint}), which was trained on {corpus}"}
