package import FanOut
package import PrecacheModel

/// Knows where the bytes of an image service's images are, and what to ask for them with.
package protocol ImageSourcing: Sendable {
    /// The places of an image's bytes, best first, with credentials that are fresh now.
    ///
    /// Asked at each connection with an agent: what the agent had before may have ended.
    ///
    /// - Throws: ``AgentFailure`` if there are no credentials to be had now.
    func sources(of image: ImageReference) async throws(AgentFailure) -> [ImageSource]

    /// Looks into an error of an agent that such a source caused, and says what it means.
    ///
    /// - Parameters:
    ///   - outcome: What the agent said; returned as it is if there is nothing better to say.
    ///   - image: The image.
    ///   - sources: What the agent had been given.
    /// - Returns: What became of the image.
    func judge(
        _ outcome: ImageOutcome,
        of image: ImageReference,
        from sources: [ImageSource]
    ) async -> ImageOutcome
}
