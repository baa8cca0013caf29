package import PrecacheModel

/// The image service behind the catalogue, as the API needs it.
package protocol ImageRecords: Sendable {
    /// What an image is, or why it can't be had; one request to the image service, as a rule.
    ///
    /// - Parameters:
    ///   - key: Its id or its name.
    ///   - allowsUnverified: Whether it may come without a digest.
    /// - Returns: The answer.
    /// - Throws: ``ImageRecordsTrouble`` if it can't be asked.
    func image(_ key: ImageKey, allowsUnverified: Bool) async throws(ImageRecordsTrouble) -> ImageAnswer
}

/// Why the image service couldn't be asked.
package struct ImageRecordsTrouble: Error, Hashable, Sendable {
    /// What happened, for people; holds no secret.
    package let detail: String
    /// When to ask again, if it said so.
    package let retryAfter: Duration?

    package init(detail: String, retryAfter: Duration?) {
        self.detail = detail
        self.retryAfter = retryAfter
    }
}
