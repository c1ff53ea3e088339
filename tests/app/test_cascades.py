"""What deleting a connector takes with it."""

from tests.client import Client, assert_refused

RELEASED = ["+442071234567", "+442079460101"]


def test_deleting_a_connector_returns_it_and_the_numbers_it_released(client: Client) -> None:
    answer = client.delete("/connectors/conn_abc123")
    assert answer.status_code == 200
    assert answer.json() == {"deletedConnector": "conn_abc123", "deletedPhoneNumbers": RELEASED}


def test_deleting_a_connector_without_numbers_releases_none(client: Client) -> None:
    answer = client.delete("/connectors/conn_new456")
    assert answer.json() == {"deletedConnector": "conn_new456", "deletedPhoneNumbers": []}


def test_a_deleted_connector_is_gone_from_every_answer(client: Client) -> None:
    client.delete("/connectors/conn_abc123")
    assert_refused(client.get("/connectors/conn_abc123"), 404, "CONNECTORS_NOT_FOUND")
    assert_refused(client.delete("/connectors/conn_abc123"), 404, "CONNECTORS_NOT_FOUND")
    listed = client.get("/connectors").json()["connectors"]
    assert [connector["connectorId"] for connector in listed] == ["conn_new456"]
    got = client.post("/connectors/batch", json={"connectorIds": ["conn_abc123"]}).json()
    assert got == {"found": [], "notFound": ["conn_abc123"]}
    assert client.get("/phone-numbers", params={"connectorId": "conn_abc123"}).json() == {"phoneNumbers": []}
    onto_it = client.patch("/phone-numbers/+442079460100", json={"connectorId": "conn_abc123"})
    assert_refused(onto_it, 404, "PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST")


def test_released_numbers_can_neither_be_got_looked_up_listed_nor_reassigned(client: Client) -> None:
    client.delete("/connectors/conn_abc123")
    for number in RELEASED:
        assert_refused(client.get(f"/phone-numbers/{number}"), 404, "PHONE_NUMBERS_NOT_FOUND")
        assert_refused(client.delete(f"/phone-numbers/{number}"), 404, "PHONE_NUMBERS_NOT_FOUND")
        looked_up = client.post("/connectors/lookup", json={"phoneNumber": number})
        assert_refused(looked_up, 404, "PHONE_NUMBERS_NOT_FOUND")
        reassigned = client.patch(f"/phone-numbers/{number}", json={"connectorId": "conn_new456"})
        assert_refused(reassigned, 404, "PHONE_NUMBERS_NOT_FOUND")
    listed = client.get("/phone-numbers").json()["phoneNumbers"]
    assert [row["number"] for row in listed] == ["+442079460100"]
    got = client.post("/phone-numbers/batch", json={"phoneNumbers": RELEASED}).json()
    assert got == {"found": [], "notFound": RELEASED}


def test_released_numbers_may_be_imported_again(client: Client) -> None:
    client.delete("/connectors/conn_abc123")
    answer = client.post("/phone-numbers", json={"phoneNumbers": RELEASED})
    assert answer.status_code == 201
    assert answer.json() == {"imported": RELEASED}
    assert client.get(f"/phone-numbers/{RELEASED[0]}").json()["connectorId"] == "conn_new456"


def test_numbers_of_other_connectors_stay(client: Client) -> None:
    client.patch("/phone-numbers/+442079460101", json={"connectorId": "conn_new456"})
    answer = client.delete("/connectors/conn_abc123")
    assert answer.json()["deletedPhoneNumbers"] == ["+442071234567"]
    assert client.get("/phone-numbers/+442079460101").json()["connectorId"] == "conn_new456"
    assert client.get("/phone-numbers/+442079460100").status_code == 200


def test_numbers_are_released_in_order_of_creation(client: Client) -> None:
    client.post("/phone-numbers/+442079460300")
    for number in ("+442079460300", "+442071234567"):
        client.patch(f"/phone-numbers/{number}", json={"connectorId": "conn_new456"})
    answer = client.delete("/connectors/conn_new456")
    assert answer.json()["deletedPhoneNumbers"] == ["+442071234567", "+442079460300"]
