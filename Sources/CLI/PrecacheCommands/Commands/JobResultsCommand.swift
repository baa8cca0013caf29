import ArgumentParser
import PrecacheClient
import PrecacheModel

/// `precache job results ID`.
struct JobResultsCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "results",
        abstract: "List what became of each image on each host."
    )

    @Argument(help: "The job's id, its beginning, or @latest.", completion: NameCompletion.job.kind)
    var id: String

    @Option(help: ArgumentHelp("Only this host.", valueName: "name"), completion: NameCompletion.host.kind)
    var host: String?

    @Option(
        help: ArgumentHelp("Only this image.", valueName: "id or name"),
        completion: NameCompletion.image.kind
    )
    var image: String?

    @Option(
        help: ArgumentHelp(
            "Only this outcome: \(Outcome.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "outcome"
        ),
        completion: .words(Outcome.self),
        transform: CheckedWord.outcome
    )
    var outcome: String?

    @Option(help: ArgumentHelp("Only this reason.", valueName: "reason"))
    var reason: String?

    @Flag(help: "Only what did not end well: error, skipped and cancelled.")
    var bad = false

    @Option(
        help: ArgumentHelp("At most so many. Default: all.", valueName: "n"),
        transform: CheckedArgument.positive
    )
    var limit: Int?

    @OptionGroup
    var list: ListOptions

    @OptionGroup
    var client: ClientOptions

    func validate() throws {
        guard !bad || outcome == nil else { throw ValidationError("Give --outcome or --bad, not both.") }
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let id = try await context.job(id)
        var imageID: String?
        if let image { imageID = try await self.id(of: image, in: id, context.client) }
        let wantedImage = imageID
        let outcomes: [String?] =
            bad ? [Outcome.error, .skipped, .cancelled].map(\.rawValue) : [outcome]
        let printer = ListPrinter<ResultView>(
            columns: [
                .text("HOST", \.host), .text("IMAGE", \.imageID), .text("OUTCOME", \.outcome),
                .text("REASON", \.reason), .count("TRIES", { $0.attempts }),
                .number("BYTES", \.bytesDone, Quantity.bytes),
                .number("TOTAL", wide: true, \.bytesTotal, Quantity.bytes),
                .number("FROM SOURCE", wide: true, \.fromSourceBytes, Quantity.bytes),
                .number("FROM PEERS", wide: true, \.fromPeersBytes, Quantity.bytes),
                .number("FROM FAR", wide: true, \.fromFarBytes, Quantity.bytes),
                .text("SOURCE", wide: true, \.source), .prose("DETAIL", \.detail),
            ],
            empty: "No results.",
            byName: true,
            name: \.host
        )
        try await printer.run(
            context,
            list,
            limit: limit,
            questions: outcomes
        ) { wantedOutcome, wanted, after throws(ClientError) in
            try await context.client.results(
                of: id,
                host: host,
                image: wantedImage,
                outcome: wantedOutcome,
                reason: reason,
                limit: wanted,
                after: after
            )
        }
        return .succeeded
    }

    /// The image's id: the job itself knows names that Glance gave it.
    private func id(
        of image: String,
        in job: String,
        _ client: ServiceClient
    ) async throws(ClientError) -> String? {
        if (try? ImageID(image)) == nil {
            let named =
                try await client.job(job).value.images?
                .filter { ByteOrder.equal($0.name ?? "", image) } ?? []
            if let only = named.first, named.count == 1 { return only.id }
        }
        return try await ImageResolver(client: client).ids(of: [image]).first
    }
}
