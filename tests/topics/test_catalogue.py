"""The topics that can be followed by name."""

from __future__ import annotations

import re

import pytest

from bot.errors import UnknownTopic
from bot.topics.catalogue import Catalogue, Topic, load
from bot.topics.evidence import read_term
from bot.topics.query import Query
from bot.topics.tree import Term, wanted

TOPICS = tuple(load())


def folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def test_there_are_enough_topics_to_choose_from() -> None:
    assert 45 <= len(load()) == len(TOPICS) <= 60


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
class TestEach:
    def test_its_id_is_short_and_easily_typed(self, topic: Topic) -> None:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+){0,2}", topic.id)
        assert len(topic.id) <= 24

    def test_it_has_names_in_both_languages(self, topic: Topic) -> None:
        assert topic.name("en").isascii()
        assert re.search(r"[\u4e00-\u9fff]", topic.name("zh-Hans"))
        assert topic.name("de") == topic.name("en")

    def test_it_is_found_by_each_of_its_names(self, topic: Topic) -> None:
        for name in (topic.id, *topic.names.values(), *topic.aliases):
            assert load().find(name) is topic
            assert load().find(name.upper().replace("-", "_")) is topic

    def test_no_name_of_it_means_another_topic_too(self, topic: Topic) -> None:
        own = {folded(name) for name in (topic.id, *topic.names.values(), *topic.aliases)}
        for other in TOPICS:
            if other is not topic:
                assert own.isdisjoint(folded(n) for n in (other.id, *other.names.values(), *other.aliases))

    def test_its_query_is_one_that_people_can_type_and_the_arxiv_understands(self, topic: Topic) -> None:
        assert topic.query.text == topic.words
        assert topic.query.to_arxiv()

    def test_its_query_and_its_terms_are_the_same_words(self, topic: Topic) -> None:
        leaves = set(map(str, wanted(topic.query.tree)))
        terms = [str(read_term(term)[0]) for term in topic.terms]
        assert leaves == set(terms[: len(topic.words.split(" OR "))])
        assert len(set(terms)) == len(terms)

    def test_every_term_and_hint_is_a_term_of_a_query(self, topic: Topic) -> None:
        for written in (*topic.terms, *topic.hints):
            tree = Query.parse(written).tree
            assert isinstance(tree, Term)
            assert str(tree) == str(read_term(written)[0])

    def test_its_description_is_one_sentence(self, topic: Topic) -> None:
        assert re.fullmatch(r"[A-Z0-9].{60,200}\.", topic.description)

    def test_its_categories_exist(self, topic: Topic) -> None:
        assert topic.categories
        assert all(re.fullmatch(r"[a-z-]+(\.[A-Za-z-]{2,})?", category) for category in topic.categories)


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("RAG", "rag"),
        ("retrieval_augmented generation", "rag"),
        ("检索增强生成", "rag"),
        ("LLMs", "llm"),
        ("llm_agents", "agents"),
        ("code_llm", "code"),
        ("Jailbreaks", "jailbreak"),
        ("hallucination_factuality", "hallucination"),
        ("human_motion_text_to_motion", "motion"),
        ("mixture_of_experts", "moe"),
        ("Mixture-of-Experts", "moe"),
        ("speculative_decoding_efficient_inference", "inference"),
        ("efficient inference and speculative decoding", "inference"),
        ("diffusion (image and video)", "diffusion"),
        ("diffusion_image_video", "diffusion"),
        ("alignment and safety", "alignment"),
        ("fine tuning and PEFT", "fine-tuning"),
        ("quantization", "quantization"),
        ("Quantisation", "quantization"),
        ("benchmarks and evaluation", "evaluation"),
        ("multimodal LLM", "multimodal"),
        ("3D Gaussian splatting", "gaussian-splatting"),
        ("nerf", "nerf"),
        ("talking heads", "talking-heads"),
        ("talking_head", "talking-heads"),
        ("knowledge graphs", "knowledge-graph"),
        ("robotics and embodied", "robotics"),
        ("recommender systems", "recommendation"),
        ("AI for science", "ai-for-science"),
        ("quantum machine learning", "quantum"),
        ("agents (LLM)", "agents"),
        ("llm_jailbreak_safety", "jailbreak"),
        ("LLM safety and jailbreak", "jailbreak"),
        ("prompt injection attacks", "jailbreak"),
        ("NeRF and 3D Gaussian Splatting", "gaussian-splatting"),
        ("nerf_3dgs", "gaussian-splatting"),
        ("4DGS", "gaussian-splatting"),
        ("talking_face_generation", "talking-heads"),
        ("audio-driven talking head", "talking-heads"),
        ("hallucinations in LLMs", "hallucination"),
        ("hallucination detection", "hallucination"),
        ("LLM pruning", "inference"),
        ("Text-to-Speech (TTS)", "tts"),
        ("knowledge distillation of LLMs", "distillation"),
        ("class incremental", "continual-learning"),
        ("LLM4Rec", "recommendation"),
        ("knowledge graphs and LLMs", "knowledge-graph"),
        ("text2image", "diffusion"),
        ("VLA", "robotics"),
    ],
)
def test_what_people_call_it(name: str, topic: str) -> None:
    assert load().find(name).id == topic


@pytest.mark.parametrize(
    ("given", "nearest"), [("RAGG", "rag"), ("hallucinatoin", "hallucination"), ("cheese", None)]
)
def test_an_unknown_topic_names_the_nearest(given: str, nearest: str | None) -> None:
    with pytest.raises(UnknownTopic) as raised:
        load().find(given)
    assert (raised.value.given, raised.value.nearest) == (given, nearest)


@pytest.mark.parametrize("given", ["", "   ", "---", "rag survey", "LLM AND cat:cs.IR", '"rag"s'])
def test_a_query_is_no_topic(given: str) -> None:
    with pytest.raises(UnknownTopic):
        load().find(given)


def test_an_id_goes_before_another_topics_alias() -> None:
    first, second = TOPICS[:2]
    both = Catalogue(
        [
            Topic("x", first.names, ("y",), (), "a", (), (), ""),
            Topic("y", second.names, (), (), "b", (), (), ""),
        ]
    )
    assert both.find("y").id == "y"
