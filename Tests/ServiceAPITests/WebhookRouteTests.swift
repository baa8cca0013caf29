import HTTPTypes
import PrecacheAPI
import PrecacheModel
import TestSupport
import Testing

@testable import ServiceAPI

@Suite struct WebhookRouteTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    @Test func aNewOneShowsTheSecretThatWasMadeForItOnce() async throws {
        let service = TestService()
        let made = await service.call(.put, "/v1/webhooks/ci", #"{"url":"https://x.example/h?k=1"}"#)
        #expect(made.status == 201)
        #expect(made["webhook", "secret"] == .string(FakeWebhooks.made.text))
        #expect(made["webhook", "format"] == .string("cloudevents"))
        #expect(made["webhook", "events"] == .array([]))
        let again = await service.call(.put, "/v1/webhooks/ci", #"{"url":"https://x.example/h?k=1"}"#)
        #expect(again.status == 200)
        #expect(again["webhook", "secret"] == nil)
        #expect(service.webhooks.choice(try WebhookName("ci")) == .keep)
        let fresh = await service.call(
            .put,
            "/v1/webhooks/ci",
            #"{"url":"https://x.example/","new_secret":true}"#
        )
        #expect(fresh["webhook", "secret"] == .string(FakeWebhooks.made.text))
        let given = await service.call(
            .put,
            "/v1/webhooks/ci",
            #"{"url":"https://x.example/","secret":"\#(Self.secret)"}"#
        )
        #expect(given.status == 200)
        #expect(!given.text.contains("whsec_"))
        #expect(service.webhooks.choice(try WebhookName("ci")) == .given(try WebhookSecret(Self.secret)))
    }

    @Test func whereAChangedOneLeadsIsToldWithoutWhatMayBeSecret() async throws {
        let service = TestService()
        for host in ["x.example", "evil.example:81"] {
            let body = #"{"url":"https://\#(host)/PATHSECRET?k=SECRET","enabled":false}"#
            _ = await service.call(.put, "/v1/webhooks/ci", body)
        }
        let told = service.lines.all.filter { $0.message.hasPrefix("webhook ") }
        #expect(told.map(\.message) == ["webhook added", "webhook changed"])
        #expect(told.map { $0.facts["target"] } == ["https://x.example:443", "https://evil.example:81"])
        #expect(told.allSatisfy { $0.facts["caller"] == "test-admin" && $0.facts["enabled"] == "false" })
        #expect(!told.contains { $0.text.contains("SECRET") })
    }

    @Test func readersSeeNoQueryAndAdminsDo() async throws {
        let service = TestService()
        _ = await service.call(.put, "/v1/webhooks/ci", #"{"url":"https://x.example/h?k=1"}"#)
        for path in ["/v1/webhooks", "/v1/webhooks/ci"] {
            let reader = await service.call(.get, path, as: "reader")
            #expect(reader.text.contains(#""url":"https://x.example/h""#))
            let admin = await service.call(.get, path)
            #expect(admin.text.contains(#""url":"https://x.example/h?k=1""#))
            #expect(!admin.text.contains("whsec_"))
        }
    }

    @Test(arguments: [
        (#"{}"#, ["url"]), (#"{"url":"ftp://x"}"#, ["url"]), (#"{"url":"http://u:p@x/"}"#, ["url"]),
        (#"{"url":"http://internal/"}"#, ["url"]), (#"{"url":1}"#, ["url"]),
        (#"{"url":"http://x/","format":"xml"}"#, ["format"]),
        (#"{"url":"http://x/","events":["finished","nope"]}"#, ["events[1]"]),
        (#"{"url":"http://x/","events":[1]}"#, ["events[0]"]),
        (#"{"url":"http://x/","aggregates":[" a"]}"#, ["aggregates[0]"]),
        (#"{"url":"http://x/","enabled":"yes"}"#, ["enabled"]),
        (#"{"url":"http://x/","secret":"hunter2"}"#, ["secret"]),
        (
            #"{"url":"http://x/","secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","new_secret":true}"#,
            ["new_secret"]
        ),
        (#"{"url":"http://x/","later":1}"#, ["later"]),
    ])
    func badInputNamesItsField(body: String, fields: [String]) async {
        let answer = await TestService().call(.put, "/v1/webhooks/ci", body)
        #expect(answer.status == 400)
        #expect(answer.fields == fields)
        #expect(!answer.text.contains("hunter2"))
    }

    @Test func whatItWantsIsKeptInOneOrderAndOnce() async {
        let body =
            #"{"url":"http://x/","events":["finished","accepted","finished"],"aggregates":["b","a","b"]}"#
        let answer = await TestService().call(.put, "/v1/webhooks/ci", body)
        #expect(answer["webhook", "events"] == .array([.string("accepted"), .string("finished")]))
        #expect(answer["webhook", "aggregates"] == .array([.string("a"), .string("b")]))
    }

    @Test func stateIsToldWithItsReason() async throws {
        let service = TestService()
        let name = try WebhookName("ci")
        _ = await service.call(.put, "/v1/webhooks/ci", #"{"url":"http://x/"}"#)
        service.webhooks.change(name) { record in
            record.waiting = 3
            record.health.failingSince = Timestamp(microseconds: 0)
        }
        #expect(await service.call(.get, "/v1/webhooks/ci")["webhook", "state"] == .string("failing"))
        service.webhooks.change(name) { record in
            record.health.pausedAt = Timestamp(microseconds: 0)
            record.health.pausedReason = "broken"
        }
        let paused = await service.call(.get, "/v1/webhooks/ci", as: "reader")
        #expect(paused["webhook", "state"] == .string("paused"))
        #expect(paused["webhook", "paused_reason"] == .string("broken"))
        #expect(paused["webhook", "waiting"] == .integer(3))
        let resumed = await service.call(.post, "/v1/webhooks/ci/resume")
        #expect(resumed["webhook", "state"] == .string("active"))
        let test = await service.call(.post, "/v1/webhooks/ci/test")
        #expect(test.text == #"{"test":{"delivered":true,"status":204,"detail":null,"milliseconds":7}}"#)
    }

    @Test(arguments: [("GET", ""), ("DELETE", ""), ("POST", "/resume"), ("POST", "/test")])
    func whatIsNotThereIs404(method: String, suffix: String) async {
        let answer = await TestService().call(.init(method) ?? .get, "/v1/webhooks/none" + suffix)
        #expect(answer.status == 404)
        #expect(answer.code == "webhook_not_found")
    }

    @Test func theSettingsOneIsAConflictAndBadNamesAreNot() async {
        let settings = await TestService().call(.put, "/v1/webhooks/settings", #"{"url":"http://x/"}"#)
        #expect(settings.status == 409)
        #expect(settings.code == "conflict")
        let bad = await TestService().call(.put, "/v1/webhooks/-a", #"{"url":"http://x/"}"#)
        #expect(bad.status == 400)
        #expect(bad.fields == ["webhook"])
    }
}
