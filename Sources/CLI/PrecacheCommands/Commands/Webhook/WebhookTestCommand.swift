import ArgumentParser
import PrecacheClient

/// `precache webhook test NAME`.
struct WebhookTestCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Deliver a test event now, once, and tell what the endpoint said.",
        discussion: "The exit status is 0 if the endpoint took it (2xx), else 1."
    )

    @Argument(help: "The webhook's name.")
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let reply = try await context.client.testWebhook(name)
        let test = reply.value
        try context.show(
            reply.body,
            [
                ("Delivered", test.delivered ? "yes" : "no"),
                ("Status", test.status.map { String($0) }),
                ("Detail", test.detail),
                ("Took", test.milliseconds.map { "\($0) ms" }),
            ]
        )
        return test.delivered ? .succeeded : .other
    }
}
