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
