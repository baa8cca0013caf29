package import PrecacheModel

extension ImageCache {
    /// Pins an image that is cached: nothing evicts it before the time is over.
    ///
    /// A pin that lasts longer stays as it is.
    ///
    /// - Parameters:
    ///   - id: The image; without a record of it nothing happens.
    ///   - keep: How long from now, at most ``ImagePin/longest``.
    /// - Throws: ``CacheError`` if the record can't be written.
    package func pin(_ id: ImageID, for keep: Duration) async throws(CacheError) {
        let (layout, state) = (layout, state)
        try await lanes.onFiles { () throws(CacheError) in
            guard var record = state[id] else { return }
            let now = Self.now()
            let old = record.image.pin?.corrected(at: now)
            record.image.pin = ImagePin.longer(old, ImagePin(from: now, for: keep))
            guard record.image.pin != state[id]?.image.pin else { return }
            try RecordShelf(layout: layout).save(record)
            state[id] = record
        }
    }

    /// Brings pins from before the clock was set back to the clock of now; run before pins are relied on.
    ///
    /// Blocks.
    static func correctPins(_ layout: CacheLayout, _ state: CacheState) throws(CacheError) {
        let now = Self.now()
        for var record in state.records {
            guard let pin = record.image.pin else { continue }
            let corrected = pin.corrected(at: now)
            guard corrected != pin else { continue }
            record.image.pin = corrected
            try RecordShelf(layout: layout).save(record)
            state[record.image.id] = record
        }
    }
}
