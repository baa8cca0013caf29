import ArgumentParser
import PrecacheClient

/// `precache image list`.
struct ImageListCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the catalogue's images by id."
    )

    @Option(
        help: ArgumentHelp("At most so many. Default: all.", valueName: "n"),
        transform: CheckedArgument.positive
    )
    var limit: Int?

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let printer = ListPrinter<ImageView>(
            columns: [
                .text("ID"), .text("NAME"), .text("FORMAT"), .number("SIZE"), .text("DIGEST"), .text("URL"),
            ],
            empty: "No images. Add one with: precache image set ID --url URL --hash sha256:HEX",
            cells: { image in
                [
                    image.id, image.name, image.diskFormat, image.sizeBytes.map(Quantity.bytes),
                    ImageDetails.shortDigest(image), image.url,
                ]
            }
        )
        try await printer.run(context, limit: limit) { wanted, after throws(ClientError) in
            try await context.client.images(limit: wanted, after: after)
        }
        return .succeeded
    }
}
