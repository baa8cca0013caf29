import ArgumentParser
import PrecacheClient
import PrecacheModel

/// `precache image set ID`.
struct ImageSetCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Add an image to the catalogue, or change it; what isn't given stays.",
        discussion: """
            An image needs a URL, and a digest that its bytes must have (or --allow-unverified). With --file the \
            size and the SHA-256 are taken from a copy on this machine.
            """
    )

    @Argument(
        help: "The image's id: letters, digits and '._:@+~-'.",
        completion: NameCompletion.image.kind
    )
    var id: String

    @Option(help: "Where hosts download it: an http or https URL without user and password.")
    var url: String?

    @Option(help: ArgumentHelp("The file's size.", valueName: "bytes"), transform: CheckedArgument.bytes)
    var size: Int64?

    @Option(
        help: ArgumentHelp("The digest, for example sha256:2c26b4….", valueName: "algorithm:hex"),
        transform: CheckedArgument.digest
    )
    var hash: Digest?

    @Option(
        help: ArgumentHelp("A copy of the image here: its size and SHA-256 are taken.", valueName: "path"),
        completion: .file()
    )
    var file: String?

    @Option(
        help: ArgumentHelp(
            "What the bytes are: \(DiskFormat.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "format"
        ),
        completion: .words(DiskFormat.self),
        transform: CheckedArgument.format
    )
    var format: String?

    @Option(help: "A name for people; commands take it in place of the id.")
    var name: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Cache the image although no digest is known; results then say that it wasn't verified."
    )
    var allowUnverified: Bool?

    @OptionGroup
    var client: ImageClientOptions

    func validate() throws {
        guard file == nil || (hash == nil && size == nil) else {
            throw ValidationError("Give --file, or --hash and --size, not both.")
        }
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let known = try await context.known { () throws(ClientError) in
            try await context.client.image(id)
        }
        var settings = ImageSettings(of: known)
        settings.url = url ?? settings.url
        settings.name = name ?? settings.name
        settings.sizeBytes = size ?? settings.sizeBytes
        settings.diskFormat = format ?? settings.diskFormat
        settings.allowUnverified = allowUnverified ?? settings.allowUnverified
        if let hash {
            settings.hashAlgorithm = hash.algorithm.rawValue
            settings.hash = hash.hex
        }
        if let file {
            let measured = try await LocalFile.measure(file)
            settings.sizeBytes = measured.size
            settings.hashAlgorithm = DigestAlgorithm.sha256.rawValue
            settings.hash = measured.sha256
        }
        try ImageDetails.show(try await context.client.setImage(id, settings), context)
        return .succeeded
    }
}
