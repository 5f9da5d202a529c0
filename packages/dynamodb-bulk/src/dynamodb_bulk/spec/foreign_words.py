"""Words of AWS, SQL, Terraform, Pulumi and readers of CSV for what has another name here.

Foreign words are in lower case, without `_` and `-`. Of ours the first one that is valid in its place is
meant, so that one foreign word can stand for several.
"""

from collections.abc import Mapping

_MEANT: Mapping[str, str] = {
    # tables
    "partition_key": "hashkey pk primarykey partitionkeyname",
    "sort_key": "rangekey sk sortkeyname clusteringkey",
    "name": "attributename columnname field tablename indexname",
    "type": "attributetype columntype datatype dtype",
    "global_secondary_indexes": "globalsecondaryindex gsi gsis indexes indices",
    "projection": "projectiontype nonkeyattributes",
    "billing": "billingmode capacity throughput provisionedthroughput",
    "on_demand": "payperrequest ondemandthroughput",
    "on_demand_maximum": "ondemandthroughput maxthroughput",
    "warm_throughput": "warmthroughput prewarming",
    "point_in_time_recovery": "pitr pointintimerecoveryenabled pointintimerecoveryspecification backups",
    "stream": "streamspecification streamenabled streamviewtype",
    "time_to_live": "ttl timetolivespecification expires",
    "replicas": "replica regions globaltable",
    "class": "tableclass storageclass",
    "deletion_protection": "deletionprotectionenabled protect preventdestroy",
    "kms_key": "ssespecification serversideencryption kmskeyarn kmskeyid kmsmasterkeyid encryption sse",
    "existing": "exists adopt",
    "read": "readcapacity readcapacityunits readunits",
    "write": "writecapacity writecapacityunits writeunits",
    # types of columns, and of keys and values
    "string": "varchar varchar2 nvarchar nvarchar2 char nchar character text str uuid guid enum",
    "clob": "nclob longtext mediumtext",
    "int1": "tinyint",
    "int2": "smallint short",
    "int4": "int integer mediumint serial int32",
    "int8": "bigint long bigserial int64",
    "uint4": "uint uint32 unsigned",
    "uint8": "uint64",
    "numeric": "decimal number money dec",
    "real4": "float4 float32 real",
    "real8": "float double doubleprecision float8 float64",
    "boolean": "bool bit",
    "datetime": "timestamp timestamptz datetime2 timestampwithtimezone",
    "byte": "bytes binary varbinary raw",
    "blob": "bytea longblob image",
    "s": "string str text varchar",
    "n": "number numeric int integer decimal bigint int4 int8",
    "b": "binary bytes blob",
    # files
    "files": "file path paths pattern glob",
    "location": "s3 s3uri uri url s3location s3path bucketfolder",
    "bucket_owner": "s3bucketowner owner",
    "compression": "inputcompressiontype compressiontype",
    "delimiter": "sep separator csvdelimiter fielddelimiter fieldterminator",
    "header": "hasheader ignoreheaderrows headerlist headers",
    "row_delimiter": "lineterminator rowdelimiter recorddelimiter csvrowdelimiter",
    "quoting": "quote quotechar quotes quotecharacter",
    "null_value": "null nullvalue nulls navalues csvnullvalue",
    "format": "inputformat dataformat filetype",
    "dynamodb_json": "dynamodbjson ddbjson",
    "date_format": "dateformat timestampformat columndateformat",
    "length": "size maxlength columnlength width",
    "precision": "columnprecision",
    "scale": "columnscale decimals",
    "nullable": "null columnnullable",
    "none": "uncompressed plain",
    "gzip": "gz",
    "zstd": "zst zstandard",
    "condition": "conditionexpression",
    "exclude": "excludecolumns ignore",
    "attributes": "attributemappings mapping fields",
    "schema": "schemaname",
    # settings
    "development": "dev test",
    "staging": "stage qa uat",
    "production": "prod live",
    "limit_minutes": "timeout timeoutminutes",
    "tolerate": "maxerrors errors tolerance",
    "recreate": "recreated delete truncate overwrite",
    "replace": "swap bluegreen",
    "refuse": "fail error keep",
    "environment": "env",
    "tags": "defaulttags",
}

FOREIGN_WORDS: dict[str, tuple[str, ...]] = {}
for ours, words in _MEANT.items():
    for foreign in words.split():
        FOREIGN_WORDS[foreign] = (*FOREIGN_WORDS.get(foreign, ()), ours)
