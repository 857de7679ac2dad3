"""Pictures that are uploaded: as photos, in albums, as files, and as words where nothing else is taken."""

from __future__ import annotations

import pytest

from bot.chat.reply import Button, Buttons, Image, Paragraph, Reply
from bot.chat.text import Bold, text
from bot.platforms.telegram.pictures import LARGEST_PHOTO, fits_photo
from bot.platforms.telegram.render import Album, Message, render
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_html import LONGEST_CAPTION, utf16
from tests.fakes.telegram_world import Chat, Sent, User
from tests.platforms.author import Author, picture
from tests.platforms.telegram.conftest import Bot, texts

SMALL = picture()


def figure(number: int, data: bytes = SMALL) -> Image:
    return Image(text(Bold(f"Figure {number}")), data=data, name=f"figure-{number}.png")


async def shown(telegram: TelegramFake, chat: Chat, user: User, reply: Reply, count: int) -> list[Sent]:
    author = Author()
    author.reply = reply
    async with Bot(telegram, author=author).running():
        telegram.say(chat, user, "/figures")
        await telegram.wait_for(lambda: len(telegram.messages(chat)) >= count)
    assert len(telegram.messages(chat)) == count
    return telegram.messages(chat)


async def test_one_picture(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """Arrives as it is, over its caption, with buttons."""
    reply = Reply((figure(2), Buttons(((Button("More", "/help"),),))))
    (photo,) = await shown(telegram, chat, ada, reply, 1)
    assert photo.upload
    assert (photo.upload.data, photo.upload.name, photo.document) == (SMALL, "figure-2.png", False)
    assert (photo.html, len(photo.buttons), photo.silent) == ("<b>Figure 2</b>", 1, False)


async def test_all_words_stand_beneath_a_picture_that_is_alone(
    telegram: TelegramFake, ada: User, chat: Chat
) -> None:
    """One message where they fit; where they do not, those before it and after it are messages of their own."""
    buttons = Buttons(((Button("More", "/help"),),))
    some = (Paragraph(text("Before.")), figure(2), Paragraph(text("After."), small=True), buttons)
    (photo,) = await shown(telegram, chat, ada, Reply(some), 1)
    assert photo.upload
    assert photo.html == "Before.\n\n<b>Figure 2</b>\n\n<i>After.</i>"
    assert len(photo.buttons) == 1
    many = (Paragraph(text("Before.")), figure(2), Paragraph(text("after " * 170)), buttons)
    assert [type(page).__name__ for page in render(Reply(many))] == ["Message", "Album", "Message"]


async def test_an_album(telegram: TelegramFake, ada: User) -> None:
    """Ten at most in one; what stands between pictures stays between them; only the first message notifies."""
    group = telegram.forum()
    figures = tuple(figure(n) for n in range(1, 13))
    reply = Reply(
        (Paragraph(text("Figures")), *figures, Paragraph(text("CC BY")), Buttons(((Button("?", "/help"),),)))
    )
    author = Author()
    author.reply = reply
    async with Bot(telegram, author=author).running():
        asked = telegram.say(group, ada, "/figures", thread=11)
        await telegram.wait_for(lambda: len(telegram.messages(group)) == 14)
    messages = telegram.messages(group)
    assert [m.text for m in messages] == ["Figures", *(f"Figure {n}" for n in range(1, 13)), "CC BY"]
    albums = [m.album for m in messages[1:-1]]
    assert [albums.count(album) for album in sorted(set(albums))] == [10, 2]
    assert [m.silent for m in messages] == [False] + [True] * 13
    assert {m.thread for m in messages} == {11}
    assert messages[0].reply_to == asked
    assert messages[-1].buttons


async def test_an_album_counts_as_its_pictures(ada: User) -> None:
    """Where limits are kept, ten pictures are ten messages."""
    pages = render(Reply(tuple(figure(n) for n in range(3))))
    assert [len(page.uploads) for page in pages if isinstance(page, Album)] == [3]
    with TelegramFake(limits=True) as telegram:
        group = telegram.supergroup()
        author = Author()
        author.reply = Reply(tuple(figure(n) for n in range(5)))
        async with Bot(telegram, author=author).running():
            telegram.say(group, telegram.user(7, "Ada"), "/figures")
            await telegram.wait_for(lambda: len(telegram.messages(group)) == 5)
            telegram.say(group, telegram.user(7, "Ada"), "/help")
            await telegram.wait_for(lambda: telegram.called("sendMessage"))
            assert len(telegram.messages(group)) == 5  # five in five seconds are all it takes


async def test_a_long_caption_goes_on_below(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """Nothing of it is lost, and the next picture comes after it."""
    words = " ".join(f"word{n}" for n in range(300))
    reply = Reply((Image(text(words), data=SMALL), figure(2)))
    first, rest, second = await shown(telegram, chat, ada, reply, 3)
    assert first.upload
    assert utf16(first.text) <= LONGEST_CAPTION
    assert f"{first.text} {rest.text}" == words
    assert second.text == "Figure 2"


@pytest.mark.parametrize(
    "data",
    [
        picture(9000, 1001),
        picture(2100, 100),
        picture(100, 2100),
        picture(2000, 2000, noise=True),
        picture(60, 40, "GIF"),
    ],
)
async def test_what_is_no_photo_is_a_file(telegram: TelegramFake, ada: User, chat: Chat, data: bytes) -> None:
    """Too large, too long or of another kind; those beside it are photos still."""
    before, file, after = await shown(telegram, chat, ada, Reply((figure(1), figure(2, data), figure(3))), 3)
    assert [m.document for m in (before, file, after)] == [False, True, False]
    assert file.upload
    assert file.upload.data == data
    assert file.text == "Figure 2"
    assert telegram.called("sendPhoto") == telegram.called("sendPhoto")[:2]
    about_pictures = [call.method for call in telegram.calls if call.method.startswith("send")]
    assert len(about_pictures) < 20


@pytest.mark.parametrize(
    ("data", "photo"),
    [
        (picture(), True),
        (picture(60, 40, "JPEG"), True),
        (picture(9000, 1000), True),
        (picture(2000, 100), True),
        (picture(9000, 1001), False),
        (picture(2001, 100), False),
        (picture(60, 40, "JPEG")[:40], False),
        (picture()[:20], False),
        (b"%PDF-1.7", False),
        (b"\xff\xd8\xff\xff\xff\xff", False),
        (b"", False),
    ],
)
def test_what_telegram_takes_for_a_photo(data: bytes, photo: bool) -> None:
    """By size and proportions, PNG and JPEG."""
    assert fits_photo(data) is photo
    assert not fits_photo(picture() + bytes(LARGEST_PHOTO))


async def test_pictures_that_telegram_cannot_read(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """A broken one in an album: the others come as photos, that one as a file."""
    broken = SMALL[:40] + bytes(30)
    messages = await shown(telegram, chat, ada, Reply((figure(1), figure(2, broken), figure(3))), 3)
    assert [(m.text, m.document, m.album) for m in messages] == [
        ("Figure 1", False, ""),
        ("Figure 2", True, ""),
        ("Figure 3", False, ""),
    ]


async def test_where_pictures_are_refused(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """Their words come, and where the picture is if it is anywhere."""
    refused = "Bad Request: not enough rights to send photos to the chat"
    telegram.refuse("sendPhoto", 400, refused, times=2)
    telegram.refuse("sendDocument", 400, refused, times=2)
    elsewhere = Image(text("Figure 2"), "https://x.example/2.png", SMALL, "2.png")
    reply = Reply((figure(1), Paragraph(text("and")), elsewhere))
    first, _, second = await shown(telegram, chat, ada, reply, 3)
    assert first.text.replace("\u2060", "") == "🖼 figure-1.png\nFigure 1"
    assert second.text == "🖼 https://x.example/2.png\nFigure 2"


async def test_nothing_and_too_much(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """A picture without bytes or address, or of more bytes than Telegram takes, is its caption."""
    huge = Image(text("Figure 2"), data=bytes(50_000_001))
    (page,) = render(Reply((Image(text("Figure 1")), huge)))
    assert isinstance(page, Message)
    assert page.html == "Figure 1\n\nFigure 2"


async def test_pictures_are_not_kept(telegram: TelegramFake) -> None:
    """What is sent later cannot have them, and what is remembered of rendering does not hold their bytes."""
    bot = Bot(telegram)
    with pytest.raises(ValueError, match="in answers only"):
        bot.platform.compose(Reply((figure(1),)))
    first, second = (render(Reply((figure(1),)))[0] for _ in range(2))
    assert first == second
    assert first is not second


async def test_pictures_survive_a_lost_answer(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """As words do: once more and no more."""
    telegram.drop("sendMediaGroup", after=False)
    await shown(telegram, chat, ada, Reply((figure(1), figure(2))), 2)
    assert texts(telegram, chat) == ["Figure 1", "Figure 2"]
