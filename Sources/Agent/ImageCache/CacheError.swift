package import PrecacheModel

/// Why the cache couldn't do what was asked.
package struct CacheError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Kinds of failure; stable, for programs.
    package enum Code: String, Sendable {
        /// The file system is full, or the quota used up.
        case noSpace = "no_space"
        /// The file system failed or refused.
        case io = "io_error"
        /// More or fewer bytes than promised.
        case sizeMismatch = "size_mismatch"
        /// The bytes' digest isn't the one promised.
        case checksumMismatch = "checksum_mismatch"
        /// The bytes could harm whoever opens them.
        case unsafeImage = "unsafe_image"
        /// The bytes aren't what the image claims to be.
        case formatMismatch = "format_mismatch"
        /// The image couldn't be turned into the disk that it stands for.
        case conversionFailed = "conversion_failed"
        /// The program that converts images was ended before it was done.
        case conversionInterrupted = "conversion_interrupted"
        /// The program that converts images isn't there.
        case converterMissing = "converter_missing"
        /// Another writer has this image in hand.
        case busy
        /// No digest is known and unverified images weren't allowed for this one.
        case noDigest = "no_digest"
        /// No such image in the cache.
        case notFound = "not_found"
        /// Something uses the file, or it can't be told whether something does.
        case inUse = "in_use"
        /// Another agent uses the directory.
        case locked
    }

    /// The kind.
    package let code: Code
    /// What happened, for people: names, figures, the system's own words.
    package let description: String

    /// Describes a failure.
    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// The reason that an image's outcome gives for this failure.
    package var reason: Reason {
        switch code {
        case .noSpace: .noSpace
        case .io, .locked, .inUse: .ioError
        case .sizeMismatch: .sizeMismatch
        case .checksumMismatch: .checksumMismatch
        case .unsafeImage: .unsafeImage
        case .formatMismatch: .formatMismatch
        case .conversionFailed, .conversionInterrupted, .converterMissing: .conversionFailed
        case .busy, .noDigest, .notFound: .internal
        }
    }
}
