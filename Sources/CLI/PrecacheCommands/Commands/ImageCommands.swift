import ArgumentParser
import PrecacheClient

/// `precache image …`.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "See and change the catalogue of images.",
        subcommands: [
            ImageListCommand.self, ImageShowCommand.self, ImageSetCommand.self, ImageDeleteCommand.self,
        ]
    )
}

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
    var list: ListOptions

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let printer = ListPrinter<ImageView>(
            columns: [
                .text("ID", \.id), .text("NAME", \.name), .text("FORMAT", \.diskFormat),
                .number("SIZE", \.sizeBytes, Quantity.bytes),
                ListColumn(
                    heading: "DIGEST",
                    kind: .text,
                    text: ImageDetails.shortDigest,
                    whole: ImageDetails.digest
                ), .prose("URL", \.url),
            ],
            empty: "No images. Add one with: precache image set ID --url URL --hash sha256:HEX",
            byName: true,
            name: \.id
        )
        try await printer.run(context, list, limit: limit) { wanted, after throws(ClientError) in
            try await context.client.images(limit: wanted, after: after)
        }
        return .succeeded
    }
}

/// `precache image show IMAGE`.
struct ImageShowCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show an image of the catalogue."
    )

    @Argument(help: "The image's id or name.", completion: NameCompletion.image.kind)
    var image: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let id = try await ImageResolver(client: context.client).ids(of: [image]).first ?? image
        try ImageDetails.show(try await context.client.image(id), context)
        return .succeeded
    }
}

/// `precache image delete ID`.
struct ImageDeleteCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove an image from the catalogue; hosts keep what they cached."
    )

    @Argument(help: "The image's id.", completion: NameCompletion.image.kind)
    var id: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await context.client.deleteImage(id)
        try context.console.say(["Deleted image '\(TerminalText.escaped(id))'."])
        return .succeeded
    }
}

/// Words for an image of the catalogue.
enum ImageDetails {
    static func digest(_ image: ImageView) -> String? {
        guard let hash = image.hash else { return image.allowUnverified == true ? "none" : nil }
        return "\(image.hashAlgorithm ?? "?"):\(hash)"
    }

    static func shortDigest(_ image: ImageView) -> String? {
        guard let hash = image.hash, hash.count > 12 else { return digest(image) }
        return "\(image.hashAlgorithm ?? "?"):\(hash.prefix(12))"
    }

    static func show(_ reply: Reply<ImageView>, _ context: CommandContext) throws {
        let image = reply.value
        try context.show(
            reply.body,
            [
                ("Image", image.id),
                ("Name", image.name),
                ("Url", image.url),
                ("Size", image.sizeBytes.map { "\(Quantity.bytes($0)) (\($0) bytes)" }),
                ("Digest", digest(image)),
                ("Format", image.diskFormat),
                ("Unverified", image.allowUnverified == true ? "allowed" : nil),
            ]
        )
    }
}
