// Uses S3 with the AWS SDK for JavaScript, version 3: node s3.mjs, in the folder above node_modules.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Readable } from "node:stream";

const require = createRequire(`${process.cwd()}/`);
const s3 = require("@aws-sdk/client-s3");
const { Upload } = require("@aws-sdk/lib-storage");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");

const client = new s3.S3Client({ maxAttempts: 1 });
const Bucket = "calls";
const send = (name, members = {}) => client.send(new s3[`${name}Command`]({ Bucket, ...members }));
const text = async (members) => (await send("GetObject", members)).Body.transformToString();

await client.send(new s3.CreateBucketCommand({ Bucket }));
for (const Key of ["a b/ä+", "a b/c?d", "e"]) {
  await send("PutObject", { Key, Body: Key, Metadata: { voice: "ana" }, ChecksumAlgorithm: "SHA256" });
}
const found = await send("GetObject", { Key: "a b/ä+", ChecksumMode: "ENABLED" });
assert.equal(await found.Body.transformToString(), "a b/ä+");
assert.deepEqual(found.Metadata, { voice: "ana" });
assert.ok(found.ChecksumSHA256);
assert.equal(await text({ Key: "e", Range: "bytes=0-0" }), "e");

const keys = [];
for await (const page of s3.paginateListObjectsV2({ client, pageSize: 1 }, { Bucket, Prefix: "a b/" })) {
  keys.push(...page.Contents.map((each) => each.Key));
}
assert.deepEqual(keys, ["a b/c?d", "a b/ä+"]);

const large = Buffer.alloc(12_000_000, "recording");
const parts = Readable.from([large.subarray(0, 7_000_000), large.subarray(7_000_000)]);
await new Upload({ client, params: { Bucket, Key: "large", Body: parts } }).done();
const back = Buffer.from(await (await send("GetObject", { Key: "large" })).Body.transformToByteArray());
assert.ok(back.equals(large));
await send("CopyObject", { Key: "copy", CopySource: `${Bucket}/large` });
assert.equal((await send("HeadObject", { Key: "copy" })).ContentLength, large.length);

const url = await getSignedUrl(client, new s3.GetObjectCommand({ Bucket, Key: "a b/ä+" }));
assert.equal(await (await fetch(url)).text(), "a b/ä+");
const plain = new s3.S3Client({ maxAttempts: 1, requestChecksumCalculation: "WHEN_REQUIRED" });
const put = await getSignedUrl(plain, new s3.PutObjectCommand({ Bucket, Key: "put" }));
assert.equal((await fetch(put, { method: "PUT", body: "content" })).status, 200);
assert.equal(await text({ Key: "put" }), "content");

await assert.rejects(send("PutObject", { Key: "e", Body: "x", IfNoneMatch: "*" }), { name: "PreconditionFailed" });
await assert.rejects(send("GetObject", { Key: "none" }), { name: "NoSuchKey" });
await assert.rejects(send("GetObjectAcl", { Key: "e" }), { name: "NotImplemented" });
const everything = (await send("ListObjectsV2")).Contents.map(({ Key }) => ({ Key }));
const { Deleted } = await send("DeleteObjects", { Delete: { Objects: everything } });
assert.equal(Deleted.length, everything.length);
await send("DeleteBucket");
console.log("done");
