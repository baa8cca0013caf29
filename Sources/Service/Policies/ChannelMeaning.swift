package import PrecacheModel

/// What one entry of a policy's images stands for: an image, or what a channel means and meant.
///
/// A channel is looked up now and then; in between, and while it means nothing, its last meaning holds.
package struct ChannelMeaning: Hashable, Sendable {
    /// An image that is meant now.
    package struct Current: Hashable, Sendable {
        /// The image.
        package var id: ImageID
        /// Since when the channel means it; nil for an image that the policy names.
        package var since: Timestamp?

        package init(id: ImageID, since: Timestamp?) {
            self.id = id
            self.since = since
        }
    }

    /// The images that are meant, newest first; none before the first look-up that found any.
    package var current: [Current]
    /// Images that were meant before, the latest first; they go when nobody holds them for the policy any more.
    package var superseded: [ImageID]
    /// Whether the last look-up found no image, so that ``current`` is what was meant before.
    package var isEmpty: Bool
    /// Why the last look-up failed, so that ``current`` is what was meant before; nil if it didn't.
    package var failure: String?

    package init(
        current: [Current] = [],
        superseded: [ImageID] = [],
        isEmpty: Bool = false,
        failure: String? = nil
    ) {
        self.current = current
        self.superseded = superseded
        self.isEmpty = isEmpty
        self.failure = failure
    }

    /// An image that a policy names.
    package init(_ id: ImageID) { self.init(current: [Current(id: id, since: nil)]) }

    /// Takes what a look-up found.
    ///
    /// - Parameters:
    ///   - found: The channel's images, newest first.
    ///   - count: How many of them are meant.
    ///   - now: When it was.
    package mutating func take(_ found: [ImageID], count: Int, at now: Timestamp) {
        isEmpty = found.isEmpty
        guard !found.isEmpty else { return }
        let meant = found.prefix(count)
        let former = current
        current = meant.map { id in former.first { $0.id == id } ?? Current(id: id, since: now) }
        superseded =
            former.map(\.id).filter { !meant.contains($0) } + superseded.filter { !meant.contains($0) }
    }
}
