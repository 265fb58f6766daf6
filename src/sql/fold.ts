// The SQL function search_fold has the same tables: a test compares the two on every character.

/** Characters that are folded before compatibility decomposition, which would make a space or a pair of marks of them. */
const early: Readonly<Record<string, string>> = {
  '\u0085': ' ',
  '\u1680': ' ',
  '\u2028': ' ',
  '\u2029': ' ',
  '´': "'",
  '″': '"',
  '‶': '"',
};

/** Accents and other marks of Latin, Greek, Cyrillic, Arabic and Hebrew, and characters that cannot be seen. */
const removedCodes =
  '0001-0008 000e-001f 007f-0084 0086-009f 00ad 0300-036f 0483-0489 0591-05bd 05bf 05c1 05c2 ' +
  '05c4 05c5 05c7 0610-061a 061c 0640 064b-065f 0670 06d6-06dc 06df-06e4 06e7 06e8 06ea-06ed ' +
  '0897-089f 08ca-08e1 08e3-08ff 0951-0954 115f 1160 17b4 17b5 180b-180f 1ab0-1add 1ae0-1aeb ' +
  '1cd0-1cd2 1cd4-1ce0 1ce2-1ce8 1ced 1cf4 1cf8 1cf9 1dc0-1dff 200b-200f 202a-202e 2060-206f ' +
  '20d0-20f0 2800 2de0-2dff 302a-302d 3164 a66f-a672 a674-a67d a69e a69f fb1e fe00-fe0f ' +
  'fe20-fe2f feff ffa0 fff0-fffb 101fd 102e0 10efa-10eff 1133b 13430-1343f 1bca0-1bca3 ' +
  '1cf00-1cf2d 1cf30-1cf46 1d167-1d169 1d173-1d182 1d185-1d18b 1d1aa-1d1ad 1d242-1d244 1e08f ' +
  'e0000-e0fff';
const removed = new RegExp(
  `[${removedCodes.replace(/[0-9a-f]+/g, '\\u{$&}').replaceAll(' ', '')}]`,
  'gu',
);

/** Two letters, and the ligatures that fold to them. */
const pairs = {
  ae: 'Ææ',
  th: 'Þþ',
  ss: 'ßẞ',
  oe: 'Œœ',
  hv: 'ƕǶ',
  ou: 'Ȣȣ',
  db: 'ȸ',
  qp: 'ȹ',
  tz: 'Ꜩꜩ',
  aa: 'Ꜳꜳ',
  ao: 'Ꜵꜵ',
  au: 'Ꜷꜷ',
  av: 'ꜸꜹꜺꜻ',
  ay: 'Ꜽꜽ',
  oo: 'Ꝏꝏ',
  vy: 'Ꝡꝡ',
};

/** All other letters and signs, and below each what it folds to. */
const from =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ«»ØøĐđıŁł‐‒–—‘’‚“”„‹›−АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯΑΒΓΔΕΖΗΘΙΚΛ' +
  'ΜΝΞΟΠΡΣΤΥΦΧΨΩςÐðĦħŊŋŦŧƀƁƂƃƄƆƇƈƉƊƋƌƎƏƐƑƒƓƔƖƗƘƙƚƜƝƞƟƢƤƥƦƧƩƬƭƮƱƲƳƴƵƶƷƸƼǤǥǷȜȠȤȥȷȺȻȼȽȾȿɀɁɃɄɅɆɇɈ' +
  'ɉɊɋɌɍɎɏɓɖɗɠɦɨɫɲɵɽʈʉʋʹʻʼʽʾʿˈˮᵽỺỼỾ―‛‟′‵⁃⁄ℲↃ∕∼ⱠⱡⱢⱣⱤⱥⱦⱧⱨⱩⱪⱫⱬⱭⱮⱯⱰⱲⱳⱵⱾⱿ⸗⸚⸺⸻⹀⹝〝〞〟ꜢꜤꜦꜪꜬꜮꜾꝀꝁꝂꝃꝄꝅꝆꝈꝉ' +
  'ꝊꝋꝌꝍꝐꝑꝒꝓꝔꝖꝗꝘꝚꝜꝞꝟꝢꝤꝦꝨꝪꝬꝮꝹꝻꝽꝾꞀꞂꞄꞆꞋꞌꞍꞐꞒꞓꞖꞘꞚꞜꞞꞠꞡꞢꞣꞤꞥꞦꞧꞨꞩꞪꞫꞬꞭꞮꞰꞱꞲꞳꞴꞶꞸꞺꞼꞾꟀꟂꟄꟅꟆꟇꟈꟉꟋꟌ꟎Ꟑ꟒꟔ꟖꟘꟚꟜ꟱ꟵͰͲͶ' +
  'ͿϏϘϚϜϞϠϢϤϦϨϪϬϮϷϺϽϾϿЂЄЅІЈЉЊЋЏѠѢѤѦѨѪѬѮѰѲѴѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӃӅӇӉӋӍӔӘӠӨӶӺӼӾԀԂԄԆ' +
  'ԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖ֊־׳״ႠႡႢႣႤႥႦႧႨႩႪႫႬႭႮႯႰႱႲႳႴႵႶႷႸႹႺႻ' +
  'ႼႽႾႿჀჁჂჃჄჅჇჍᎠᎡᎢᎣᎤᎥᎦᎧᎨᎩᎪᎫᎬᎭᎮᎯᎰᎱᎲᎳᎴᎵᎶᎷᎸᎹᎺᎻᎼᎽᎾᎿᏀᏁᏂᏃᏄᏅᏆᏇᏈᏉᏊᏋᏌᏍᏎᏏᏐᏑᏒᏓᏔᏕᏖᏗᏘᏙᏚᏛᏜᏝᏞᏟᏠᏡᏢᏣᏤᏥᏦᏧᏨᏩᏪᏫᏬᏭ' +
  'ᏮᏯᏰᏱᏲᏳᏴᏵ᐀᠆ᲀᲁᲂᲃᲄᲅᲆᲇᲈᲉᲐᲑᲒᲓᲔᲕᲖᲗᲘᲙᲚᲛᲜᲝᲞᲟᲠᲡᲢᲣᲤᲥᲦᲧᲨᲩᲪᲫᲬᲭᲮᲯᲰᲱᲲᲳᲴᲵᲶᲷᲸᲹᲺᲽᲾᲿⰀⰁⰂⰃⰄⰅⰆⰇⰈⰉⰊⰋⰌⰍⰎⰏⰐⰑⰒⰓⰔⰕⰖⰗ' +
  'ⰘⰙⰚⰛⰜⰝⰞⰟⰠⰡⰢⰣⰤⰥⰦⰧⰨⰩⰪⰫⰬⰭⰮⰯⲀⲂⲄⲆⲈⲊⲌⲎⲐⲒⲔⲖⲘⲚⲜⲞⲠⲢⲤⲦⲨⲪⲬⲮⲰⲲⲴⲶⲸⲺⲼⲾⳀⳂⳄⳆⳈⳊⳌⳎⳐⳒⳔⳖⳘⳚⳜⳞⳠⳢⳫⳭⳲꙀꙂꙄꙆꙈꙊꙌꙎꙐꙒꙔꙖꙘ' +
  'ꙚꙜꙞꙠꙢꙤꙦꙨꙪꙬꚀꚂꚄꚆꚈꚊꚌꚎꚐꚒꚔꚖꚘꚚ𐐀𐐁𐐂𐐃𐐄𐐅𐐆𐐇𐐈𐐉𐐊𐐋𐐌𐐍𐐎𐐏𐐐𐐑𐐒𐐓𐐔𐐕𐐖𐐗𐐘𐐙𐐚𐐛𐐜𐐝𐐞𐐟𐐠' +
  '𐐡𐐢𐐣𐐤𐐥𐐦𐐧𐒰𐒱𐒲𐒳𐒴𐒵𐒶𐒷𐒸𐒹𐒺𐒻𐒼𐒽𐒾𐒿𐓀𐓁𐓂𐓃𐓄𐓅𐓆𐓇𐓈𐓉𐓊𐓋𐓌𐓍𐓎𐓏𐓐𐓑𐓒𐓓𐕰𐕱' +
  '𐕲𐕳𐕴𐕵𐕶𐕷𐕸𐕹𐕺𐕼𐕽𐕾𐕿𐖀𐖁𐖂𐖃𐖄𐖅𐖆𐖇𐖈𐖉𐖊𐖌𐖍𐖎𐖏𐖐𐖑𐖒𐖔𐖕𐲀𐲁𐲂𐲃𐲄𐲅𐲆𐲇𐲈𐲉𐲊𐲋' +
  '𐲌𐲍𐲎𐲏𐲐𐲑𐲒𐲓𐲔𐲕𐲖𐲗𐲘𐲙𐲚𐲛𐲜𐲝𐲞𐲟𐲠𐲡𐲢𐲣𐲤𐲥𐲦𐲧𐲨𐲩𐲪𐲫𐲬𐲭𐲮𐲯𐲰𐲱𐲲𐵐𐵑𐵒𐵓𐵔𐵕' +
  '𐵖𐵗𐵘𐵙𐵚𐵛𐵜𐵝𐵞𐵟𐵠𐵡𐵢𐵣𐵤𐵥𐵮𐺭𑢠𑢡𑢢𑢣𑢤𑢥𑢦𑢧𑢨𑢩𑢪𑢫𑢬𑢭𑢮𑢯𑢰𑢱𑢲𑢳𑢴𑢵𑢶𑢷𑢸𑢹𑢺' +
  '𑢻𑢼𑢽𑢾𑢿𖹀𖹁𖹂𖹃𖹄𖹅𖹆𖹇𖹈𖹉𖹊𖹋𖹌𖹍𖹎𖹏𖹐𖹑𖹒𖹓𖹔𖹕𖹖𖹗𖹘𖹙𖹚𖹛𖹜𖹝𖹞𖹟𖺠𖺡𖺢𖺣𖺤𖺥𖺦𖺧' +
  '𖺨𖺩𖺪𖺫𖺬𖺭𖺮𖺯𖺰𖺱𖺲𖺳𖺴𖺵𖺶𖺷𖺸𞤀𞤁𞤂𞤃𞤄𞤅𞤆𞤇𞤈𞤉𞤊𞤋𞤌𞤍𞤎𞤏𞤐𞤑𞤒𞤓𞤔𞤕𞤖𞤗𞤘𞤙𞤚𞤛' +
  '𞤜𞤝𞤞𞤟𞤠𞤡';
const to =
  'abcdefghijklmnopqrstuvwxyz""ooddill----\'\'\'"""\'\'-абвгдежзиклмнопрстуфхцчшщъыьэюяαβγδεζηθικλ' +
  'μνξοπρστυφχψωσddhhnnttbbbbƅɔccddddǝəɛffgɣɩikklɯnnoƣppʀƨʃtttʊvyyzzʒƹƽggƿȝnzzjaccltszɂbuʌeej' +
  "jqqrryybddghilnortuv'''''''\"pỻỽỿ-'\"''-/ⅎↄ/~lllprathhkkzzɑɱɐɒwwⱶsz------\"\"\"ꜣꜥꜧꜫꜭꜯꜿkkkkkkꝇll" +
  "ooooppppꝕqqꝙꝛꝝvvꝣꝥꝧꝩꝫꝭꝯꝺꝼᵹꝿꞁꞃꞅꞇ''ɥꞑccꞗꞙꞛꞝꞟggkknnrrsshɜɡɬɪʞʇʝꭓꞵꞷꞹꞻꞽꞿꟁꟃꞔʂᶎddꟊɤꟍ꟏ꟑꟓꟕꟗꟙꟛƛsꟶͱͳͷ" +
  'ϳϗϙϛϝϟϡϣϥϧϩϫϭϯϸϻͻͼͽђєѕіјљњћџѡѣѥѧѩѫѭѯѱѳѵѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӄӆӈӊӌӎӕәӡөӷӻӽӿԁԃԅԇ' +
  'ԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ--\'"ⴀⴁⴂⴃⴄⴅⴆⴇⴈⴉⴊⴋⴌⴍⴎⴏⴐⴑⴒⴓⴔⴕⴖⴗⴘⴙⴚⴛ' +
  'ⴜⴝⴞⴟⴠⴡⴢⴣⴤⴥⴧⴭꭰꭱꭲꭳꭴꭵꭶꭷꭸꭹꭺꭻꭼꭽꭾꭿꮀꮁꮂꮃꮄꮅꮆꮇꮈꮉꮊꮋꮌꮍꮎꮏꮐꮑꮒꮓꮔꮕꮖꮗꮘꮙꮚꮛꮜꮝꮞꮟꮠꮡꮢꮣꮤꮥꮦꮧꮨꮩꮪꮫꮬꮭꮮꮯꮰꮱꮲꮳꮴꮵꮶꮷꮸꮹꮺꮻꮼꮽ' +
  'ꮾꮿᏸᏹᏺᏻᏼᏽ--вдосттъѣꙋᲊაბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰჱჲჳჴჵჶჷჸჹჺჽჾჿⰰⰱⰲⰳⰴⰵⰶⰷⰸⰹⰺⰻⰼⰽⰾⰿⱀⱁⱂⱃⱄⱅⱆⱇ' +
  'ⱈⱉⱊⱋⱌⱍⱎⱏⱐⱑⱒⱓⱔⱕⱖⱗⱘⱙⱚⱛⱜⱝⱞⱟⲁⲃⲅⲇⲉⲋⲍⲏⲑⲓⲕⲗⲙⲛⲝⲟⲡⲣⲥⲧⲩⲫⲭⲯⲱⲳⲵⲷⲹⲻⲽⲿⳁⳃⳅⳇⳉⳋⳍⳏⳑⳓⳕⳗⳙⳛⳝⳟⳡⳣⳬⳮⳳꙁꙃꙅꙇꙉꙋꙍꙏꙑꙓꙕꙗꙙ' +
  'ꙛꙝꙟꙡꙣꙥꙧꙩꙫꙭꚁꚃꚅꚇꚉꚋꚍꚏꚑꚓꚕꚗꚙꚛ𐐨𐐩𐐪𐐫𐐬𐐭𐐮𐐯𐐰𐐱𐐲𐐳𐐴𐐵𐐶𐐷𐐸𐐹𐐺𐐻𐐼𐐽𐐾𐐿𐑀𐑁𐑂𐑃𐑄𐑅𐑆𐑇𐑈' +
  '𐑉𐑊𐑋𐑌𐑍𐑎𐑏𐓘𐓙𐓚𐓛𐓜𐓝𐓞𐓟𐓠𐓡𐓢𐓣𐓤𐓥𐓦𐓧𐓨𐓩𐓪𐓫𐓬𐓭𐓮𐓯𐓰𐓱𐓲𐓳𐓴𐓵𐓶𐓷𐓸𐓹𐓺𐓻𐖗𐖘' +
  '𐖙𐖚𐖛𐖜𐖝𐖞𐖟𐖠𐖡𐖣𐖤𐖥𐖦𐖧𐖨𐖩𐖪𐖫𐖬𐖭𐖮𐖯𐖰𐖱𐖳𐖴𐖵𐖶𐖷𐖸𐖹𐖻𐖼𐳀𐳁𐳂𐳃𐳄𐳅𐳆𐳇𐳈𐳉𐳊𐳋' +
  '𐳌𐳍𐳎𐳏𐳐𐳑𐳒𐳓𐳔𐳕𐳖𐳗𐳘𐳙𐳚𐳛𐳜𐳝𐳞𐳟𐳠𐳡𐳢𐳣𐳤𐳥𐳦𐳧𐳨𐳩𐳪𐳫𐳬𐳭𐳮𐳯𐳰𐳱𐳲𐵰𐵱𐵲𐵳𐵴𐵵' +
  '𐵶𐵷𐵸𐵹𐵺𐵻𐵼𐵽𐵾𐵿𐶀𐶁𐶂𐶃𐶄𐶅--𑣀𑣁𑣂𑣃𑣄𑣅𑣆𑣇𑣈𑣉𑣊𑣋𑣌𑣍𑣎𑣏𑣐𑣑𑣒𑣓𑣔𑣕𑣖𑣗𑣘𑣙𑣚𑣛' +
  '𑣜𑣝𑣞𑣟𖹠𖹡𖹢𖹣𖹤𖹥𖹦𖹧𖹨𖹩𖹪𖹫𖹬𖹭𖹮𖹯𖹰𖹱𖹲𖹳𖹴𖹵𖹶𖹷𖹸𖹹𖹺𖹻𖹼𖹽𖹾𖹿𖺻𖺼𖺽𖺾𖺿𖻀𖻁𖻂𖻃' +
  '𖻄𖻅𖻆𖻇𖻈𖻉𖻊𖻋𖻌𖻍𖻎𖻏𖻐𖻑𖻒𖻓𞤢𞤣𞤤𞤥𞤦𞤧𞤨𞤩𞤪𞤫𞤬𞤭𞤮𞤯𞤰𞤱𞤲𞤳𞤴𞤵𞤶𞤷𞤸𞤹𞤺𞤻𞤼𞤽𞤾' +
  '𞤿𞥀𞥁𞥂𞥃';

const targets = [...to];
const letters = new Map([
  ...[...from].map((letter, n) => [letter, targets[n] ?? letter] as const),
  ...Object.entries(pairs).flatMap(([pair, all]) =>
    [...all].map((letter) => [letter, pair] as const),
  ),
]);

const earlyPattern = new RegExp(`[${Object.keys(early).join('')}]`, 'gu');
const lettersPattern = new RegExp(`[${[...letters.keys()].join('')}]`, 'gu');
const isPlain = /^[\t-\r -~]*$/;

/**
 * A text as search compares it: without case, accents, strokes and characters that cannot be seen, with straight quotes
 * and dashes, and ligatures as two letters.
 */
export function fold(text: string): string {
  if (isPlain.test(text)) return text.toLowerCase();
  return text
    .replace(earlyPattern, (char) => early[char] ?? char)
    .normalize('NFKD')
    .replace(removed, '')
    .replace(lettersPattern, (char) => letters.get(char) ?? char);
}

/** The words of a text, folded. */
export const foldedWords = (text: string): string[] => fold(text).match(/\S+/g) ?? [];

/** A name as names are compared: folded, without outer white space, and with one space for white space inside. */
export const foldedName = (name: string): string => foldedWords(name).join(' ');

/** The pattern of LIKE that finds a folded text anywhere. */
export const likePattern = (folded: string): string => `%${folded.replace(/[\\%_]/g, '\\$&')}%`;
