"""A file that is refused is answered where its reader looks, on a small screen: in the open form, not under it."""

NOTHING = b"this is neither a picture nor a table nor an archive"


def _give(opened, form, name):
    opened.page.get_by_role("button", name=form).click()
    opened.page.locator(
        "input[type=file]:visible, [data-testid=stPopoverBody] input[type=file]"
    ).first.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": NOTHING})


def test_vectors_and_pictures_for_the_embedding(visit):
    opened = visit("embedding", width=420)
    opened.ready()
    _give(opened, "Use your own vectors", "vectors.npy")
    opened.read("The page stays as it was")
    opened.page.keyboard.press("Escape")
    _give(opened, "Put a picture in", "cat.png")
    opened.read("The layout stays as it was")
    opened.assert_clean()


def test_a_data_set_with_a_name_that_is_taken(visit):
    opened = visit("data", width=420)
    opened.ready()
    _give(opened, "Add your own", "pets.zip")
    opened.page.wait_for_function("!document.querySelector('.st-key-data_import button').disabled")
    opened.page.get_by_label("Its name").fill("Shapes")
    opened.page.keyboard.press("Tab")
    opened.settle()
    opened.page.locator(".st-key-data_import button").click()
    opened.read("Nothing was imported")
    opened.assert_clean()


def test_a_network_that_cannot_be(visit):
    opened = visit("parameters", width=420)
    opened.ready()
    opened.page.get_by_role("button", name="Import").click()
    opened.page.get_by_label("JSON text").fill('{"layers": [{"kind": "conv", "filters": -1}]}')
    opened.page.get_by_role("button", name="Show this network").click()
    opened.read("The network on the page stays as it was")
    opened.assert_clean()
