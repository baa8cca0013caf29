/// What looking an image up came to.
package enum ImageAnswer: Hashable, Sendable {
    /// The image, and where its bytes are.
    case found(ImageReference)
    /// It can't be had, and asking again wouldn't help; `detail` is for people and holds no secret.
    case absent(Reason, detail: String)
}
