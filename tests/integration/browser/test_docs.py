"""Swagger UI, under a policy that lets it load nothing from elsewhere."""

from playwright.sync_api import expect

from tests.integration.browser.conftest import NewContext
from tests.integration.browser.visitor import complaints_of
from tests.integration.http.people import sign_up
from tests.integration.http.running_server import RunningServer


def test_a_call_can_be_tried_in_the_description(
    new_context: NewContext, server: RunningServer
) -> None:
    with server.client() as client:
        token = sign_up(client).log_in(client)["accessToken"]
    page = new_context(server.base_url).new_page()
    complaints = complaints_of(page)

    page.goto("/docs")
    page.get_by_role("button", name="Authorize").click()
    dialog = page.locator(".dialog-ux")
    dialog.get_by_label("auth-bearer-value").fill(token)
    dialog.get_by_role("button", name="Apply credentials").first.click()
    dialog.get_by_role("button", name="Close").last.click()
    call = page.locator(".opblock", has_text="Add a task")
    call.get_by_role("button", name="Add a task").click()
    call.get_by_role("button", name="Try it out").click()
    call.get_by_role("button", name="Execute").click()

    answer = call.locator(".live-responses-table")
    expect(answer).to_contain_text("201")
    expect(answer).to_contain_text("Book the ferry to Harwich")
    assert complaints == []
