import ArgumentParser
import PrecacheClient
import PrecacheModel

/// `precache webhook set NAME`.
struct WebhookSetCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Add a webhook, or change it; what isn't given stays.",
        discussion: """
            A new webhook needs a URL. Its deliveries are signed with a secret that the service makes and shows this \
            once, unless --secret-file brings one.
            """
    )

    @Argument(
        help: "The webhook's name: letters, digits, '.', '-' and '_'.",
        completion: NameCompletion.webhook.kind
    )
    var name: String

    @Option(help: "Where deliveries go: an http or https URL without user and password.")
    var url: String?

    @Option(
        help: ArgumentHelp(
            "What it gets: \(WebhookFormat.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "format"
        ),
        completion: .words(WebhookFormat.self),
        transform: CheckedWord.webhookFormat
    )
    var format: String?

    @Option(
        help: ArgumentHelp(
            "An event that it wants, and again for each other; 'all' for all: "
                + "\(EventType.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "event"
        ),
        completion: .list(EventType.allCases.map(\.rawValue) + [CheckedWord.all]),
        transform: CheckedWord.event
    )
    var event: [String] = []

    @Option(
        help: ArgumentHelp(
            "An aggregate that it wants to hear of, and again for each other; '' for all.",
            valueName: "name"
        )
    )
    var aggregate: [String] = []

    @Flag(inversion: .prefixedEnableDisable, help: "Whether anything is sent.")
    var deliveries: Bool?

    @Option(
        help: ArgumentHelp(
            "A file with the secret: 'whsec_' and base64; '-' for standard input.",
            valueName: "path"
        ),
        completion: .file()
    )
    var secretFile: String?

    @Flag(help: "Have the service make a new secret, and show it.")
    var newSecret = false

    @OptionGroup
    var client: ImageClientOptions

    func validate() throws {
        guard secretFile == nil || !newSecret else {
            throw ValidationError("Give --secret-file or --new-secret, not both.")
        }
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let known = try await context.known { () throws(ClientError) in
            try await context.client.webhook(name)
        }
        var order = WebhookOrder(of: known)
        order.url = url ?? order.url
        order.format = format ?? order.format
        if !event.isEmpty { order.events = event.filter { $0 != CheckedWord.all } }
        if !aggregate.isEmpty { order.aggregates = aggregate.filter { !$0.isEmpty } }
        order.enabled = deliveries ?? order.enabled
        if newSecret { order.newSecret = true }
        if let secretFile {
            order.secret = AccessToken.trimmed(try LocalFile.text(secretFile))
        }
        try WebhookDetails.show(try await context.client.setWebhook(name, order), context)
        return .succeeded
    }
}
