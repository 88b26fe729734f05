import pytest

from clipsaver.discord_rest import routes
from clipsaver.discord_rest.routes import Route


def test_a_request_knows_what_it_counts_against():
    request = routes.MESSAGE.to(channel=12, message=34)
    assert request.route.name == "GET /channels/{channel}/messages/{message}"
    assert request.major == "12"
    assert str(request) == "GET /channels/12/messages/34"
    assert routes.ME.to().major == ""


def test_a_page_is_named_with_its_cursor():
    request = routes.MESSAGES.to(channel=12, query="limit=5&before=9")
    assert request.target == "/channels/12/messages?limit=5&before=9"
    assert str(request) == "GET /channels/12/messages?limit=5&before=9"


@pytest.mark.parametrize(
    "template", ["@evil.example/x", ".evil.example/", "", "https://evil.example"]
)
def test_a_route_cannot_lead_to_another_host(template):
    with pytest.raises(ValueError, match="slash"):
        Route("GET", template)
