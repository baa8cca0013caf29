/// What the image service is asked with: tokens of the service's user, and where it is.
package protocol CloudAccess: Sendable {
    /// A token that has enough of its life left to be handed on.
    func token() async throws(ImageServiceError) -> String

    /// Lets go of a token that was refused.
    func discard(_ token: String)

    /// The image service's endpoints, without slashes at their ends; at least one.
    func endpoints() async throws(ImageServiceError) -> [String]
}
