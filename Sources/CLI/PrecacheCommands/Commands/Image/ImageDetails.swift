import PrecacheClient

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
