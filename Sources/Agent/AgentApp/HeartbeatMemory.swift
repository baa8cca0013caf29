import PrecacheModel

/// What the service's answers to heartbeats let the next one leave out.
struct HeartbeatMemory {
    /// The most images that a service takes which has never answered 200.
    private static let mostImagesBefore = 1_000

    /// Whether the last answer was 200: else the service may be older and take nothing that it doesn't know.
    private var knowsMarks = false
    /// What the service named a list of images.
    private var named: (mark: String, images: [HeartbeatImage])?

    /// Makes of a heartbeat with the list of all images what the service wants to hear.
    ///
    /// - Parameters:
    ///   - beat: The heartbeat.
    ///   - leasesMark: What the service named the leases that are held; nil without any.
    func fit(_ beat: inout HeartbeatRecord, leasesMark: String?) {
        guard knowsMarks else {
            // Without a word for it, what is damaged would look whole.
            beat.images = Array(beat.images.filter { !$0.isDamaged }.prefix(Self.mostImagesBefore))
            return
        }
        beat.leasesMark = leasesMark
        beat.images = Array(beat.images.prefix(HeartbeatRecord.mostImages))
        guard let named, named.images == beat.images else { return }
        (beat.imagesMark, beat.listsImages, beat.images) = (named.mark, false, [])
    }

    /// Takes the answer to a heartbeat.
    ///
    /// - Parameters:
    ///   - answer: The answer; nil for one without a body, of an older service.
    ///   - beat: The heartbeat as it was sent.
    /// - Returns: Whether the list of images is to be sent at once.
    mutating func note(_ answer: HeartbeatAnswer?, to beat: HeartbeatRecord) -> Bool {
        let images = beat.listsImages ? beat.images : named?.images
        (knowsMarks, named) = (answer != nil, nil)
        guard let answer else { return false }
        guard !answer.wantsImages else { return !beat.listsImages }
        if let mark = answer.imagesMark, let images { named = (mark, images) }
        return false
    }
}
