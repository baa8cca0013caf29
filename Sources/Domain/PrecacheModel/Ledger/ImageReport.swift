/// What an attempt reports of one image: its outcome, and the image by its place in the job.
@dynamicMemberLookup
package struct ImageReport: Hashable, Sendable {
    /// The image's number within the job.
    package var image: Int
    /// A final outcome; or `pending` for an image that another attempt will follow for.
    ///
    /// With `pending`, reason and detail say why this attempt failed, so that people see it while they wait.
    package var result: ImageOutcome

    package init(image: Int, _ result: ImageOutcome) {
        self.image = image
        self.result = result
    }

    /// A field of the outcome.
    package subscript<Value>(dynamicMember field: KeyPath<ImageOutcome, Value>) -> Value {
        result[keyPath: field]
    }
}
