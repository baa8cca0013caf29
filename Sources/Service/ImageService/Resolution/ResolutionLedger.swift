package import PrecacheModel

/// The jobs with images that nobody has looked up, as the resolver needs them.
package protocol ResolutionLedger: Sendable {
    /// The open jobs with images to look up, oldest first.
    func jobsToResolve() async throws -> [UnresolvedJob]

    /// Takes what looking up a job's images came to; images that aren't named go on waiting.
    func resolve(_ id: JobID, _ answers: [ImageID: ImageAnswer]) async throws
}
