/// Text from an image, for people: quoted, short, and without anything that a terminal or a log would act on.
enum QuotedText {
    static func of(_ bytes: some Sequence<UInt8>, limit: Int = 96) -> String {
        var text = "\""
        var count = 0
        for byte in bytes {
            if count == limit { return text + "…\"" }
            text.unicodeScalars.append((0x20...0x7e).contains(byte) ? Unicode.Scalar(byte) : "?")
            count += 1
        }
        return text + "\""
    }
}
