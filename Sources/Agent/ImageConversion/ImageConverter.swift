import Glibc
package import ImageInspection
import Subprocess
import SystemPackage

/// Turns an image into the plain bytes of the disk that it stands for, with qemu-img in a process of its own.
///
/// As Nova does it (`nova/privsep/qemu.py`, `unprivileged_convert_image`), but within limits, which Nova sets for looking
/// into images only, and into a file that is there already: a program that outlives its agent by a moment can't make
/// anything anew.
package struct ImageConverter: Sendable {
    /// qemu-img, version 5.0 or newer: a path, or a name to be looked up in `PATH`; `qemu-img` by default.
    package var program: String
    /// How much memory the program may map, in bytes; 1 GiB by default, as in Nova (`images_address_space_limit`).
    package var addressSpaceBytes: Int64

    package init(program: String = "qemu-img", addressSpaceBytes: Int64 = 1 << 30) {
        self.program = program
        self.addressSpaceBytes = addressSpaceBytes
    }

    /// QEMU's name of a format that can be converted: one that is a disk in a shell, and not encrypted as a whole.
    static func driver(_ format: ImageFormat) -> String? {
        switch format {
        case .qcow2: "qcow2"
        case .vmdk: "vmdk"
        case .vhd: "vpc"
        case .vhdx: "vhdx"
        case .vdi: "vdi"
        case .raw, .gpt, .mbr, .iso, .luks, .qed, .ploop, .bochs, .cloop: nil
        }
    }

    /// Whether images of a format can be converted.
    package static func converts(_ format: ImageFormat) -> Bool { driver(format) != nil }

    /// The stack of each of the program's threads, in bytes: up to 64 read and write, and eight mebibytes for each, as is
    /// usual, would take half of the memory that it may map.
    private static let stackBytes = 1 << 20

    /// The processor time allowed for a disk, in seconds: a minute, and what reading it at 16 MiB/s takes.
    static func processorSeconds(_ virtualSizeBytes: Int64) -> Int64 { 60 + max(0, virtualSizeBytes) >> 24 }

    /// How large the program may make the target, in bytes: direct writes go in whole blocks, the last one too.
    static func fileBytes(_ virtualSizeBytes: Int64) -> Int64 {
        let (sum, overflow) = max(0, virtualSizeBytes).addingReportingOverflow(1 << 20)
        return overflow ? virtualSizeBytes : sum
    }

    /// Converts an image that was inspected; ends once the program has.
    ///
    /// Before, the program is asked how large the disk is: were it to disagree, it would leave out the disk's end unheard.
    ///
    /// - Parameters:
    ///   - source: The image's path, absolute.
    ///   - inspected: What it was found to be: the format is said, never guessed.
    ///   - target: The path, absolute, of an empty file of the disk's size in bytes, all holes. What is zero stays a hole.
    ///   - direct: Whether the target takes writes past the page cache (`O_DIRECT`).
    ///     It may be longer afterwards, by less than a block.
    /// - Throws: ``ConversionError``; with `cancelled`, after the program has been killed and is gone, if the task is.
    package func convert(
        _ source: String,
        _ inspected: InspectedImage,
        to target: String,
        direct: Bool
    ) async throws(ConversionError) {
        let format = inspected.format
        if let cipher = inspected.cipher { throw .encrypted(format, cipher) }
        guard let driver = Self.driver(format) else {
            throw ConversionError(.unsupported, "\(format.rawValue) images can't be converted")
        }
        let program = try converter()
        let limiter = Executable.path(try limiter())
        let processorSeconds = Self.processorSeconds(inspected.virtualSizeBytes)
        let limits = [
            "--as=\(addressSpaceBytes)", "--stack=\(Self.stackBytes)",
            // By the soft limit's signal it is told from one that was killed for want of memory.
            "--cpu=\(processorSeconds):\(processorSeconds + 10)",
            "--fsize=\(Self.fileBytes(inspected.virtualSizeBytes))", "--core=0", "--", program.string,
        ]
        let (kind, place) = Self.place(source, driver, inspected)
        let words = try await run(limiter, limits + ["info"] + kind + [place])
        guard !words.isEncrypted else { throw .encrypted(format, "its own way") }
        guard words.diskBytes == inspected.virtualSizeBytes else {
            throw ConversionError(
                .failed,
                "the \(format.rawValue) image is of a disk of \(inspected.virtualSizeBytes) bytes, but qemu-img finds "
                    + (words.diskBytes.map { "\($0)" } ?? "no size in it: \(words.text)")
            )
        }
        // Where its tables were too many to be read before, and qemu-img can: it finds grains behind the file's end.
        if !inspected.isKnownWhole, format == .vmdk {
            _ = try await run(limiter, limits + ["check"] + kind + [place])
        }
        // Nova's choice: past the page cache where it can be, written back at the end where not.
        let writing = ["convert", "-t", direct ? "none" : "writeback"]
        // The target is there, and all holes.
        let target = ["-O", "raw", "-n", "--target-is-zero", place, target]
        _ = try await run(limiter, limits + writing + kind + target)
    }

    /// How qemu-img is told of an image: of what kind it is, and where.
    ///
    /// A VHD's size is said, too, as QEMU would guess it by who made it, and knows but some of them.
    private static func place(
        _ path: String,
        _ driver: String,
        _ inspected: InspectedImage
    ) -> (kind: [String], place: String) {
        guard inspected.format == .vhd else { return (["-f", driver], path) }
        let size = inspected.goesByGeometry ? "chs" : "current_size"
        // A comma ends an option unless it is doubled.
        let name = path.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
        return (
            ["--image-opts"],
            "driver=\(driver),force_size_calc=\(size),file.driver=file,file.filename=\(name)"
        )
    }

    /// Little to go by for the program: where programs are, messages that everybody reads, and one heap.
    private static let environment = [
        Environment.Key("PATH"): folders.joined(separator: ":"),
        Environment.Key("LC_ALL"): "C",
        // Each arena of glibc's maps 64 MiB, and there may be eight of them for a processor.
        Environment.Key("MALLOC_ARENA_MAX"): "1",
    ]
    private static let folders = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]

    /// Whether the programs are there that images are converted with.
    ///
    /// - Throws: ``ConversionError`` with `missing`, saying what to install.
    package func check() throws(ConversionError) {
        _ = try converter()
        _ = try limiter()
    }

    private func converter() throws(ConversionError) -> FilePath {
        try found(program, "install qemu-utils (Debian, Ubuntu) or qemu-img (Fedora, RHEL)")
    }

    private func limiter() throws(ConversionError) -> FilePath { try found("prlimit", "install util-linux") }

    private func found(_ name: String, _ remedy: String) throws(ConversionError) -> FilePath {
        let places = name.contains("/") ? [name] : Self.folders.map { "\($0)/\(name)" }
        guard let place = places.first(where: { access($0, X_OK) == 0 }) else {
            throw ConversionError(.missing, "there is no program \(name) to convert images with: \(remedy)")
        }
        return FilePath(place)
    }

    /// Runs the program to its end.
    ///
    /// - Returns: What it said.
    private func run(
        _ executable: Executable,
        _ arguments: [String]
    ) async throws(ConversionError) -> ProgramWords {
        do {
            let result = try await Subprocess.run(
                executable,
                arguments: Arguments(arguments),
                environment: .custom(Self.environment),
                workingDirectory: "/",
                input: .none,
                output: .sequence,
                error: .combinedWithOutput
            ) { execution in
                var words = ProgramWords()
                for try await buffer in execution.standardOutput { words.take(buffer) }
                return words
            }
            try Task.checkCancellation()
            guard !result.terminationStatus.isSuccess else { return result.closureResult }
            throw result.closureResult.failure(result.terminationStatus)
        } catch let error as ConversionError {
            throw error
        } catch {
            guard !Task.isCancelled else { throw ConversionError(.cancelled, "the conversion was cancelled") }
            throw ConversionError(.failed, "\(program) couldn't be run: \(error)")
        }
    }
}

/// Why an image couldn't be converted.
package struct ConversionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Kinds of failure; stable, for programs.
    package enum Code: String, Sendable {
        /// The task was cancelled; the program has ended.
        case cancelled
        /// The program, or the one that limits it, isn't there.
        case missing
        /// The format can't be converted.
        case unsupported
        /// The file system is full.
        case noSpace = "no_space"
        /// The program failed, or used up what it is allowed.
        case failed
        /// Somebody ended the program, or the host had no thread for it: the image isn't to blame.
        case interrupted
    }

    /// The kind.
    package let code: Code
    /// What happened, for people, with what the program said.
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    static func encrypted(_ format: ImageFormat, _ cipher: String) -> ConversionError {
        ConversionError(
            .unsupported,
            "the \(format.rawValue) image is encrypted (\(cipher)): without its key it can't become a plain disk"
        )
    }
}
