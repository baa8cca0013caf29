private import CPage

/// The page that people look at: the files of `Sources/Page`, as they were at the build.
package enum WebPage {
    /// A file of it.
    package struct File: Sendable {
        /// What it holds.
        package let bytes: [UInt8]
        /// Its media type.
        package let type: String
    }

    /// What the page's files may do, as Content-Security-Policy says it (CSP Level 3): nothing but what comes from here, and no
    /// code or style that stands in a document.
    package static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    /// By name.
    package static let files: [String: File] = {
        var files: [String: File] = [:]
        for file in UnsafeBufferPointer(start: cpage_list(), count: cpage_count()) {
            let name = String(cString: file.name)
            let bytes = Array(UnsafeBufferPointer(start: file.bytes, count: file.size))
            files[name] = File(bytes: bytes, type: type(of: name))
        }
        return files
    }()

    private static func type(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
}
