" Vim syntax file
" Language: CCP policy language, version 1

if exists('b:current_syntax')
  finish
endif

syntax case match
syntax iskeyword @,48-57,_

syntax keyword ccpStatement when default let include timezone predicate assert version because
syntax keyword ccpOperator and or not in matches contains starts ends with any all none has
syntax keyword ccpFunction header metadata body fits cost quota healthy count
syntax keyword ccpConstant true false mon tue wed thu fri sat sun
syntax keyword ccpFact model endpoint stream max_tokens messages turns effort tool_choice prompt system
syntax keyword ccpFact documents audio video tags mode speed user compaction client betas time weekday

" Those with dots are no keywords: a keyword would take the part before the dot
syntax match ccpFact /\<\%(tokens\|thinking\|tools\|images\|output\|agent\|key\|session\|cache\|turn\)\.[a-z][a-z0-9_]*\>/
syntax match ccpFact /\<\%(tokens\|thinking\|tools\|images\|session\)\>\.\@!/
syntax match ccpName /\%(\<\%(let\|predicate\)\s\+\)\@<=[a-z][a-z0-9_]*/
syntax match ccpNumber /\<[0-9]\+\%(_[0-9]\+\)*\%(\.[0-9]\+\)\?[kM]\?\>/
syntax match ccpNumber /\<[0-9]\{2}:[0-9]\{2}\>/
syntax match ccpSign /[-+*<>=!]=\?\|\.\./
syntax match ccpEscape contained /\\\%(["\\nt]\|u{\x\{1,6}}\)/
syntax region ccpText start=/"/ skip=/\\./ end=/"\|$/ contains=ccpEscape
syntax match ccpPattern /\%(\<matches\s\+\)\@<=\/\%(\\.\|[^\/\\]\)\+\/[ims]*/

" What stands behind the arrow, up to because, a comment or the end of the line: labels, shares, targets
syntax region ccpTarget matchgroup=ccpArrow start=/->/ end=/\ze\<because\>/ end=/\ze#/ end=/$/ contains=ccpAction,ccpShare,ccpBy,ccpLabel,ccpText keepend
syntax match ccpLabel contained /[A-Za-z0-9_@]\%([A-Za-z0-9_.\/:@+-]*[A-Za-z0-9_.\/:@+]\)\?/
syntax match ccpShare contained /[0-9]\+\%(_[0-9]\+\)*\%(\.[0-9]\+\)\?%/
syntax keyword ccpAction contained fallback stay keep reject never only
syntax match ccpBy contained /\<by\s\+[a-z][a-z0-9_.]*/ contains=ccpByWord
syntax match ccpByWord contained /\<by\>/

syntax match ccpComment /#.*$/ contains=@Spell

highlight default link ccpStatement Statement
highlight default link ccpOperator Operator
highlight default link ccpFunction Function
highlight default link ccpConstant Constant
highlight default link ccpFact Identifier
highlight default link ccpName Define
highlight default link ccpNumber Number
highlight default link ccpSign Operator
highlight default link ccpEscape SpecialChar
highlight default link ccpText String
highlight default link ccpPattern String
highlight default link ccpArrow Operator
highlight default link ccpLabel Type
highlight default link ccpShare Number
highlight default link ccpAction Statement
highlight default link ccpBy Identifier
highlight default link ccpByWord Statement
highlight default link ccpComment Comment

let b:current_syntax = 'ccp'
