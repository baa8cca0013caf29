package import PrecacheModel

/// Texts that the database holds were checked when they came in; one that fails now means a damaged row.
package enum Stored {
    package static func hostName(_ text: String) throws -> HostName {
        do { return try HostName(text) } catch { throw damaged(error) }
    }

    package static func aggregateName(_ text: String) throws -> AggregateName {
        do { return try AggregateName(text) } catch { throw damaged(error) }
    }

    package static func imageID(_ text: String) throws -> ImageID {
        do { return try ImageID(text) } catch { throw damaged(error) }
    }

    package static func jobID(_ text: String) throws -> JobID {
        do { return try JobID(text) } catch { throw damaged(error) }
    }

    package static func digest(algorithm: String?, hex: String?) throws -> Digest? {
        guard let algorithm, let hex else { return nil }
        guard let known = DigestAlgorithm(rawValue: algorithm) else {
            throw StoreError(.corrupt, message: "a row names an unknown digest algorithm")
        }
        do { return try Digest(known, hex: hex) } catch { throw damaged(error) }
    }

    package static func diskFormat(_ text: String) throws -> DiskFormat {
        guard let format = DiskFormat(rawValue: text) else {
            throw StoreError(.corrupt, message: "a row names an unknown disk format")
        }
        return format
    }

    package static func imageOrigin(_ text: String) throws -> ImageOrigin {
        guard let origin = ImageOrigin(rawValue: text) else {
            throw StoreError(.corrupt, message: "a row names an unknown origin of an image")
        }
        return origin
    }

    private static func damaged(_ error: InvalidValue) -> StoreError {
        StoreError(.corrupt, message: "a row is damaged: \(error)")
    }
}
