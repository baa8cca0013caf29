/// Everything that is known of an image that is to be cached: what its bytes must be, and where they are.
///
/// A job keeps a copy, so that a later change of the catalogue doesn't change a job that is under way.
package struct ImageReference: Hashable, Sendable {
    /// The identifier.
    package let id: ImageID
    /// The name that people gave it, if any.
    package let name: String?
    /// Where the bytes are: an `http` or `https` URL, without user or password; empty while nobody knows.
    package var url: String
    /// The file's size, if known.
    package let sizeBytes: Int64?
    /// The size of the disk that the image stands for, if Glance told; not kept with jobs.
    package var virtualSizeBytes: Int64?
    /// What the bytes must hash to.
    ///
    /// Nil only together with ``allowsUnverified``.
    package let digest: Digest?
    /// The format claimed.
    package let diskFormat: DiskFormat
    /// Whether the image may be cached although no digest is known.
    ///
    /// It's reported as not verified.
    package let allowsUnverified: Bool
    /// Where this knowledge comes from.
    package let origin: ImageOrigin

    package init(
        id: ImageID,
        name: String?,
        url: String,
        sizeBytes: Int64?,
        virtualSizeBytes: Int64? = nil,
        digest: Digest?,
        diskFormat: DiskFormat,
        allowsUnverified: Bool,
        origin: ImageOrigin = .catalogue
    ) {
        self.id = id
        self.name = name
        self.url = url
        self.sizeBytes = sizeBytes
        self.virtualSizeBytes = virtualSizeBytes
        self.digest = digest
        self.diskFormat = diskFormat
        self.allowsUnverified = allowsUnverified
        self.origin = origin
    }

    /// An image of which only the identifier is known.
    ///
    /// A job may be accepted with it: the service looks it up in the catalogue and in Glance, once, before the job's hosts
    /// have their turn, and tries again within the job's time while Glance is away. What can't be had ends as `error` on
    /// every host, with the reason.
    ///
    /// - Parameters:
    ///   - id: The identifier.
    ///   - allowsUnverified: Whether the image may come without a digest, if Glance knows none.
    /// - Returns: The image.
    package static func unresolved(_ id: ImageID, allowsUnverified: Bool = false) -> ImageReference {
        ImageReference(
            id: id,
            name: nil,
            url: "",
            sizeBytes: nil,
            digest: nil,
            diskFormat: .raw,
            allowsUnverified: allowsUnverified,
            origin: .unresolved
        )
    }
}

/// Where the knowledge of an image comes from, and with it how its bytes are asked for.
package enum ImageOrigin: String, Sendable, CaseIterable {
    /// The catalogue: the URL is asked as it is.
    case catalogue
    /// Glance: it is asked with a token of the service's user, at whichever endpoint works.
    case imageService = "image_service"
    /// Nobody looked it up yet: a job waits with it until the service has.
    case unresolved
    /// It was looked up in vain: its results in the job have ended with the reason.
    case absent
}

/// What an image's bytes claim to be, in Glance's words (`disk_formats`).
package enum DiskFormat: String, Sendable, CaseIterable {
    /// Plain disk bytes.
    case raw
    /// QEMU copy-on-write, version 2 or 3.
    case qcow2
    /// An optical disk's file system (ISO 9660).
    case iso
    /// VMware's disk.
    case vmdk
    /// Microsoft's older disk.
    case vhd
    /// Microsoft's newer disk.
    case vhdx
    /// VirtualBox's disk.
    case vdi
    /// Parallels' disk.
    case ploop
    /// An Amazon kernel.
    case aki
    /// An Amazon ramdisk.
    case ari
    /// An Amazon machine image.
    case ami
}

/// What looking an image up came to.
package enum ImageAnswer: Hashable, Sendable {
    /// The image, and where its bytes are.
    case found(ImageReference)
    /// It can't be had, and asking again wouldn't help; `detail` is for people and holds no secret.
    case absent(Reason, detail: String)
}

/// An image of the catalogue: one that isn't in Glance.
package struct CatalogueImage: Hashable, Sendable {
    /// What is known of it.
    package var reference: ImageReference
    /// When it was added.
    package var createdAt: Timestamp
    /// When its entry last changed.
    package var updatedAt: Timestamp

    package init(reference: ImageReference, createdAt: Timestamp, updatedAt: Timestamp) {
        self.reference = reference
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// The identifier.
    package var id: ImageID { reference.id }
}

/// What of a source's URL may be shown to people and kept in records.
package enum SourceURL {
    /// The URL without user, password, query and fragment, any of which may be a secret, nor what of a path may be one:
    /// parameters after a `;`, a query whose `?` is encoded, and values after a `=`.
    ///
    /// Shortened to 500 characters.
    package static func shown(_ url: String) -> String { String(withoutSecrets(url).prefix(500)) }

    /// The same at its whole length.
    package static func withoutSecrets(_ url: String) -> String {
        guard let separator = url.firstRange(of: "://") else { return "(not a URL)" }
        let rest = url[separator.upperBound...].prefix { $0 != "?" && $0 != "#" }
        var authority = rest.prefix { $0 != "/" }
        let path = withoutParameters(rest[authority.endIndex...])
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        return "\(url[..<separator.upperBound])\(authority)\(path)"
    }

    /// A path up to its first parameter or encoded query, with `...` for what a segment has after `=`.
    private static func withoutParameters(_ path: Substring) -> String {
        guard path.utf8.contains(where: { $0 == 0x25 || $0 == 0x3B || $0 == 0x3D }) else {
            return String(path)
        }
        var shown = ""
        var isValue = false
        for index in path.indices {
            let character = path[index]
            let code = character == "%" ? path[index...].prefix(3).lowercased() : ""
            // "%25" is a "%", as twice encoded marks begin.
            if character == ";" || ["%3b", "%3f", "%23", "%25"].contains(code) { break }
            if character == "/" { isValue = false }
            guard !isValue else { continue }
            isValue = character == "=" || code == "%3d"
            shown += isValue ? "=..." : String(character)
        }
        return shown
    }
}

/// Names the place that an image comes from, for the limit on downloads per source: scheme, host and port.
package struct SourceKey: Hashable, Sendable, CustomStringConvertible {
    /// For example `https://images.example:443`.
    package let text: String

    /// The source of a URL.
    ///
    /// Anything that isn't `scheme://authority/…` is a source of its own.
    package init(url: String) {
        guard let separator = url.firstRange(of: "://") else {
            text = url
            return
        }
        let scheme = url[..<separator.lowerBound].lowercased()
        let rest = url[separator.upperBound...]
        var authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        let port = scheme == "https" ? ":443" : ":80"
        let hasPort = authority.last != "]" && authority.drop { $0 != "]" || $0 == ":" }.contains(":")
        let plainPort = !authority.contains("]") && authority.contains(":")
        text = scheme + "://" + authority.lowercased() + (hasPort || plainPort ? "" : port)
    }

    /// The value as text, fit for logs.
    package var description: String { text }
}
