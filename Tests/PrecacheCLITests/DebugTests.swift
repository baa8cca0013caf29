import Testing

@testable import PrecacheCommands

@Suite struct DebugTests {
    @Test func requestsAndAnswersAreShownWithoutSecrets() async throws {
        let image = #"{"image":{"id":"i","url":"https://x/y?signature=abc"}}"#
        let service = FakeService([
            "PUT /v1/images/i": [.answer(200, image)],
            "PUT /v1/webhooks/w": [.answer(200, #"{"webhook":{"name":"w","secret":"whsec_abc"}}"#)],
        ])
        let run = await ProgramRun(
            ["image", "set", "i", "--url", "https://x/y?signature=abc", "--allow-unverified", "--debug"],
            service: service
        )
        #expect(run.status == .succeeded)
        #expect(
            run.errors.hasPrefix(
                "* http://service, without a token\n> GET http://service/v1/images/i\n< 404, "
            )
        )
        #expect(run.errors.contains(#"  {"allow_unverified":true,"url":"https://x/y?***"}"#), "\(run.errors)")
        #expect(run.errors.contains("< 200, ") && !run.errors.contains("abc"), "\(run.errors)")
        let webhook = await ProgramRun(
            ["webhook", "set", "w", "--url", "https://x", "--new-secret", "--debug"],
            service: service
        )
        #expect(webhook.errors.contains(#""secret":"***""#) && !webhook.errors.contains("whsec_abc"))
        #expect(webhook.output.contains("whsec_abc"), "the one who asked for it sees it")
    }

    /// A receiver's whole path may be its secret, as Slack's is; of other URLs what ``SourceURL`` takes for one.
    @Test func urlsAreShownWithoutSecrets() async throws {
        let hook = #"{"name":"w","url":"https://hooks.example/T0/B0/hush"}"#
        let image =
            #"{"id":"i","url":"https://u:hush@x/a/token=hush/y;k=hush","note":"see 'https://u:hush@x/a?hush', or b"}"#
        let service = FakeService([
            "GET /v1/webhooks/w": [.answer(200, #"{"webhook":\#(hook)}"#)],
            "GET /v1/webhooks?limit=1000": [.answer(200, #"{"webhooks":[\#(hook)],"next":null}"#)],
            "POST /v1/webhooks/w/test": [
                .answer(
                    200,
                    #"{"test":{"delivered":false,"detail":"no answer from https://hooks.example/T0/hush: refused"}}"#
                )
            ],
            "GET /v1/images?limit=1000": [.answer(200, #"{"images":[\#(image)],"next":null}"#)],
        ])
        for command in [["webhook", "show", "w"], ["webhook", "list"], ["webhook", "test", "w"]] {
            let run = await ProgramRun(command + ["--debug"], service: service)
            #expect(run.errors.contains("https://hooks.example:443/***"), "\(run.errors)")
            #expect(!run.errors.contains("hush"), "\(run.errors)")
        }
        let run = await ProgramRun(["image", "list", "--debug"], service: service)
        #expect(run.errors.contains(#""url":"https://x/a/token=.../y""#), "\(run.errors)")
        #expect(run.errors.contains("see 'https://x/a?*** or b"), "\(run.errors)")
        #expect(!run.errors.contains("hush"), "\(run.errors)")
        let address = "https://proxy.example/key=hush"
        let lost = FakeService(["GET /v1/hosts/h": [.away]], address: address)
        let away = await ProgramRun(["host", "show", "h", "--debug"], service: lost)
        #expect(away.errors.contains("> GET https://proxy.example/key=.../v1/hosts/h\n"), "\(away.errors)")
        #expect(!away.errors.contains("hush"), "\(away.errors)")
    }
}
